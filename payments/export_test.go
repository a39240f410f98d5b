package payments

// Transmit sends a call as if its turn had just come.
func Transmit(s *Service, call Call) { s.transmit(call) }
