//! Process managers as a process of their own, which can be killed.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::shop::{DEADLINE, Shop};

/// Killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    url: String,
}

impl Process {
    pub(crate) fn start(
        name: &str,
        shop: &Shop,
        log: &[(String, String)],
        partitions: u16,
    ) -> Self {
        let address = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free port");
        let output = shop.directory().join(format!("{name}.log"));
        let output = fs::File::create(output).expect("a log file");
        let kind = &log[0].0[..log[0].0.rfind("__").expect("a section")];
        let child = Command::new(env!("CARGO_BIN_EXE_process-managers"))
            .env_remove("DOCKET_CONFIG")
            .envs(log.iter().cloned())
            .env(format!("{kind}__PARTITIONS"), partitions.to_string())
            .env("DOCKET_COMMANDS__URLS", shop.urls())
            .env("DOCKET_COMMANDS__TOKEN_FILE", shop.token_file())
            .env("DOCKET_ROUTER__TAKEOVER_MS", "500")
            .env("DOCKET_CLOSER__AFTER_S", "1")
            .env("DOCKET_INVITER__REOPEN_AT_MOST", "2")
            .env("DOCKET_HTTP__LISTEN", address.to_string())
            .stdout(Stdio::null())
            .stderr(output)
            .spawn()
            .expect("it starts");
        Self {
            child,
            url: format!("http://{address}/readyz"),
        }
    }

    /// It has read the log.
    pub(crate) async fn wait_until_ready(&self) {
        let began = Instant::now();
        while !reqwest::get(&self.url)
            .await
            .is_ok_and(|answer| answer.status().is_success())
        {
            assert!(began.elapsed() < DEADLINE, "it isn't ready");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// As `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// As an operator does; it ends well.
    pub(crate) fn stop(mut self) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").arg(&id).status().expect("kill runs");
        assert!(sent.success());
        let ended = self.child.wait().expect("it ends");
        assert!(ended.success(), "{ended}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Gone already, mostly.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
