package views

// filterOf is the form that narrows a list, with nothing chosen.
func filterOf(l Lang) ListFilter {
	f := ListFilter{
		Presets: []FilterPreset{{Label: l.T("Hari ini", "Today"), Value: "today"}, {Label: l.T("Bulan ini", "This month"), Value: "month"}},
		Cashier: &Narrowing{Choices: []Choice{{Value: "s1", Label: "Sari"}, {Value: "s2", Label: hugeName}}},
		Mode:    Narrowing{Choices: []Choice{{Value: "dgpc", Label: "DOKU (DGPC)"}, {Value: "mgpc", Label: "MGPC"}}},
	}
	for _, status := range []string{"active", "paid", "expired", "cancelled", "cancelling", "unknown", "rejected", "creating"} {
		f.Statuses = append(f.Statuses, Checked{Value: status, Label: l.StatusWord(status)})
	}
	return f
}

// narrowedFilter has much chosen.
func narrowedFilter(l Lang) ListFilter {
	f := filterOf(l)
	f.Statuses[1].On, f.Presets[0].On, f.ByPaid, f.From, f.To, f.Min, f.Max = true, true, true, "2026-11-20", "2026-11-20", "10.000", "999.999.999.999"
	f.Cashier.Value, f.Keep = "s2", []Param{{"days", "today"}}
	f.On = []FilterOn{{l.StatusWord("paid"), "/transactions"}, {hugeName, "/transactions"}, {"Rp10.000 – " + hugeAmount, "/transactions"}}
	f.AllOff = "/transactions"
	return f
}
