package simulator

import "net/http"

// instructions is the answer of the how-to-pay API in the shape DOKU's five plugins read.
type instructions struct {
	PaymentInstruction []instruction `json:"payment_instruction"`
}

type instruction struct {
	Channel string   `json:"channel"`
	Step    []string `json:"step"`
}

// instructionsFor are the steps for one code. The words are ours; only the shape is known.
func instructionsFor(c *paymentCode) instructions {
	steps := func(store string) []string {
		return []string{
			"Datang ke " + store + " terdekat.",
			`Bilang ke kasir: "mau bayar DOKU".`,
			"Sebutkan kode pembayaran " + grouped(c.Number) + ".",
			"Cocokkan nama " + c.Name + " dan jumlah " + rupiah(c.Amount) + " sebelum membayar.",
			"Bayar, lalu simpan struknya sebagai bukti.",
		}
	}
	return instructions{[]instruction{
		{"ALFAMART", steps("Alfamart atau Alfaexpress")},
		{"ALFAMIDI", steps("Alfamidi")},
		{"LAWSON", steps("Lawson")},
		{"DAN+DAN", steps("Dan+Dan")},
	}}
}

// howToPayAPI is called by browsers too, as DOKU's own Java example does, so it is open to all origins.
func (s *Simulator) howToPayAPI(w http.ResponseWriter, r *http.Request) {
	code, hostile := s.howToPay(w, r)
	w.Header().Set("Access-Control-Allow-Origin", "*")
	if code == nil {
		notFound(w, r)
		return
	}
	body := instructionsFor(code)
	if hostile {
		body.PaymentInstruction[0].Step = []string{`<script>alert("x")</script><img src=x onerror=alert(1)>`, "\u202e}{\\\" javascript:alert(1)"}
	}
	writeJSON(w, http.StatusOK, compactJSON(body))
}

// howToPay finds the code of a how-to-pay address and lets the faults for it happen.
func (s *Simulator) howToPay(w http.ResponseWriter, r *http.Request) (code *paymentCode, hostile bool) {
	if !s.faultsBefore(opHowToPay).pass(w) {
		panic(http.ErrAbortHandler)
	}
	after := s.faultsAfter(opHowToPay)
	s.pause(r, after.delay)
	if after.name != "" {
		panic(http.ErrAbortHandler)
	}
	s.look(func(st *state) error { //nolint:errcheck // fn returns nil
		hostile = st.fires(faultHostileHowToPay, opHowToPay) != nil
		if found := st.newestByNumber(r.PathValue("code")); found != nil && found.Mode != modeDIPC {
			copied := *found
			code = &copied
		}
		return nil
	})
	return code, hostile
}
