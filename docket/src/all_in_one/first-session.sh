. "${DOCKET_SESSION:-.docket/session.env}"

# The receptionist opens a ticket for a customer on the phone. The answer names it.
opened=$(curl -sS "$DOCKET_URL/v1/tickets" -H "Authorization: Bearer $RECEPTIONIST" \
  -H "Content-Type: application/json" -H "Idempotency-Key: open-$(date +%s)" \
  -d '{"customer": "'$CUSTOMER_ID'", "channel": "phone", "subject": "No picture", "priority": "high"}')
echo "$opened"
ticket=$(echo "$opened" | sed 's/.*"ticket":"\([^"]*\)".*/\1/')

# Each command is a POST with a key of its own: sent again, it does nothing twice.
send() { # token, command, body
  curl -sS "$DOCKET_URL/v1/tickets/$ticket/$2" -H "Authorization: Bearer $1" \
    -H "Content-Type: application/json" -H "Idempotency-Key: $2" -d "$3"; echo
}
# A router gives it to a consultant at once; here the manager says to whom.
send "$MANAGER"    assign  '{"consultant": "'$CONSULTANT_ID'"}'
send "$CONSULTANT" accept  '{}'
send "$CONSULTANT" resolve '{"code": "replaced-cable", "note": "The cable was broken."}'
closed=$(send "$CUSTOMER" close '{}')
echo "$closed"

# Reads come from a view. With the position of the last answer it waits until it shows that much.
read_it() {
  curl -sS "$DOCKET_URL/v1/tickets/$ticket$1" -H "Authorization: Bearer $MANAGER" \
    -H "Docket-Min-Position: $(echo "$closed" | sed 's/.*"position":"\([^"]*\)".*/\1/')"; echo
}
read_it ""
read_it "?version=2"
read_it "/timeline"
