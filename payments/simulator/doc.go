// Package simulator is a second DOKU and an Alfamart till that run in this process: strict enough
// that a stranger could test an integration against it.
//
// It shares no code with the client on purpose. A simulator that signs and parses with the client's
// own functions agrees with the client's mistakes; both are held to the same vectors instead.
package simulator
