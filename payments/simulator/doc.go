// Package simulator is a second DOKU and an Alfamart till that run in this process: strict enough
// that a stranger could test an integration against it.
//
// It shares no code with the client on purpose. A simulator that signs and parses with the client's
// own functions agrees with the client's mistakes; both are held to the same vectors instead.
//
// # API
//
//	POST, PATCH /alfa-online-to-offline/v2/payment-code           create, update (ACTIVE), cancel (DELETE)
//	POST, PATCH /alfa-virtual-account/v2/payment-code             the same, under the new guide's path
//	POST        /alfa-online-to-offline/v2/merchant-payment-code  create with the merchant's number; the path is inferred
//	GET         /orders/v1/status/{invoice or Request-Id}
//	GET         /alfa-online-to-offline/v2/how-to-pay-api/{code}  unsigned, open to all origins
//	GET         /how-to-pay/v2/alfa-online-to-offline/{code}      a page
//
// Signed calls are refused in DOKU's order: a missing header (Client-Id, Request-Id,
// Request-Timestamp, Signature), the form of the timestamp, its distance of more than 3600 s, the
// client, the signature, and only then the body. The same Request-Id with the same bytes gets the
// first answer again with 409; with anything else it gets 409 and the error idempotent_request.
//
// Where DOKU's behaviour is not known the choice is stated beside the code, and those that matter
// are switches among the faults: duplicate invoices, lenient types, expired_time from creation,
// retries signed anew. A code cancelled here reports EXPIRED; changing a code that is paid, expired
// or cancelled is refused; a status check of a direct-inquiry code finds it only once it is paid.
//
// # Till
//
// People use /, /codes, /deliveries, /faults and /shop. A payment is stored before its notification
// is queued, both before the page answers; Run sends it at once and, while the merchant does not
// answer 2xx, again after 30 minutes, 6 hours and 12 hours, counted from the first attempt and
// divided by Config.Speed. Every attempt carries the same Request-Id, timestamp and signature.
//
// Marks for browser tests: data-payment-code, data-status, data-refused (why the till says no),
// data-amount, data-receipt, data-delivery-status, data-attempt-status, data-fault, data-enabled.
// Buttons: #inquire, #pay, #force, #next, #resend-{delivery}, #on-{fault}, #off-{fault}, #reset, #save.
//
// # Machine forms
//
// JSON in and out, no signature. Unknown keys are refused with 400. Errors are
// {"error":{"code","message"}}.
//
//	POST /simulator/inquiry     {"code", "agent"?, "store"?}
//	  200 {"code","inquiry","mode","invoice","amount","name","info","expires_at"}
//	  404 not_found; 409 paid, expired, cancelled, declined, unreachable, unsigned, bad_signature,
//	  our_signature (the merchant refused ours) or bad_answer
//	POST /simulator/pay         {"code", "agent"?, "store"?, "trx"?, "amount"?, "date"?, "force"?, "inquiry"?}
//	  200 {"receipt","code","mode","invoice","amount","agent","store","trx","date","deliveries":[id]}
//	  refused as above. agent is ALFAMART when absent, amount the bill's (rupiah), date now (RFC 3339),
//	  trx counted. force takes money for a code that is paid, expired or cancelled. With inquiry a
//	  second press leads to the first receipt. A number not registered here is inquired first.
//	GET  /simulator/codes       {"codes":[{"number","mode","invoice","amount","status",…}]}
//	GET  /simulator/deliveries  {"deliveries":[{"id","kind","code","status","body","attempts":[{"status","answer",…}],…}]}
//	POST /simulator/resend      {"delivery"}: one attempt by hand, beside the schedule; 202
//	GET  /simulator/faults      {"faults":[{"name","on","times","operations","value","shape","title","description"}]}
//	POST /simulator/faults      {"name","on","times"?,"operations"?,"value"?,"shape"?} sets one; {"reset":true} clears all
//	GET, POST /simulator/urls   {"notification","inquiry"}: the registered addresses
//
// A fault with times happens so often and is then off. operations limits a fault of API calls to
// create, update, cancel, status or howtopay; POST, PATCH and GET are taken for the calls they make.
// An amount other than the bill's is taken, here and on the page, because a merchant has to be tested
// with it; a real till can not do it.
package simulator
