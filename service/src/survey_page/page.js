
"use strict";
const WORDS = {
  en: {
    title: "How did we do?",
    question: "How well did we solve your problem?",
    worst: "badly",
    best: "very well",
    remark: "What else would you like to tell us?",
    send: "Send",
    thanks: "Thank you for your answer.",
    answered: "You have answered already. Thank you.",
    over: "It is too late to answer. Thank you all the same.",
    broken: "This link isn't complete. Please open it from our message once more.",
    refused: "We can't take this answer. Please change or leave out what you wrote.",
    later: "That didn't work. Please try again in a minute.",
  },
  de: {
    title: "Wie war es?",
    question: "Wie gut haben wir Ihr Problem gelöst?",
    worst: "schlecht",
    best: "sehr gut",
    remark: "Was möchten Sie uns noch sagen?",
    send: "Absenden",
    thanks: "Vielen Dank für Ihre Antwort.",
    answered: "Sie haben schon geantwortet. Vielen Dank.",
    over: "Für eine Antwort ist es zu spät. Trotzdem vielen Dank.",
    broken: "Dieser Link ist nicht vollständig. Bitte öffnen Sie ihn noch einmal aus unserer Nachricht.",
    refused: "Diese Antwort können wir nicht annehmen. Bitte ändern Sie Ihren Text oder lassen Sie ihn weg.",
    later: "Das hat nicht geklappt. Bitte versuchen Sie es in einer Minute noch einmal.",
  },
};
const language = (navigator.language || "en").toLowerCase().startsWith("de") ? "de" : "en";
const words = WORDS[language];
const element = (id) => document.getElementById(id);
document.documentElement.lang = language;
document.title = words.title;
for (const id of ["title", "question", "worst", "best", "remark", "send"]) {
  element(id).textContent = words[id];
}

// Behind the #, which no server sees: the ticket, and the token that is good for its survey.
const [, ticket, token] = location.hash.match(/^#([0-9a-f-]{36})\.(.+)$/) || [];

function end(said) {
  element("form").hidden = true;
  element("said").textContent = said;
}

async function send(event) {
  event.preventDefault();
  element("send").disabled = true;
  const answer = { token, score: Number(new FormData(element("form")).get("score")) };
  // Word processors leave control characters in what is pasted, which no text of ours may have.
  const pasted = element("text").value;
  const text = pasted.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, "").trim();
  if (text) answer.text = text;
  let status = 0;
  try {
    const answered = await fetch(`v1/tickets/${ticket}/survey`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(answer),
    });
    status = answered.status;
  } catch {
    // No connection: as good as busy.
  }
  if (status === 200 || status === 201) end(words.thanks);
  else if (status === 409) end(words.answered);
  else if (status === 410) end(words.over);
  else if (status === 403 || status === 404) end(words.broken);
  else {
    element("said").textContent = status === 400 || status === 422 ? words.refused : words.later;
    element("send").disabled = false;
  }
}

if (token) {
  element("form").hidden = false;
  element("form").addEventListener("submit", send);
} else {
  end(words.broken);
}
