package doku

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretsAreNeverPrinted(t *testing.T) {
	const secret, previous = "SK-very-secret", "SK-previous-secret"
	client := Client{BaseURL: SandboxURL, ClientID: "BRN-1", SecretKey: secret}
	verifier := Verifier{ClientID: "BRN-1", Keys: []string{secret, previous}}
	type settings struct {
		Client   Client
		Pointer  *Client
		Verifier Verifier
		List     []Client
		Map      map[string]Verifier
	}
	all := settings{client, &client, verifier, []Client{client}, map[string]Verifier{"a": verifier}}

	var out bytes.Buffer
	for _, value := range []any{client, &client, verifier, &verifier, all, &all} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%08b", "%e", "%U", "%T"} {
			fmt.Fprintf(&out, verb+"\n", value)
		}
		fmt.Fprintln(&out, value)
		for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(h).Info("m", "value", value, slog.Group("g", "value", value))
		}
		encoded, err := json.Marshal(value)
		if err != nil {
			t.Error(err)
		}
		out.Write(encoded)
	}
	encoded, err := xml.Marshal(client)
	if err != nil {
		t.Error(err)
	}
	out.Write(encoded)
	out.WriteString(client.LogValue().String() + verifier.LogValue().String())

	printed := out.String()
	for _, s := range []string{secret, previous} {
		for _, form := range []string{s, fmt.Sprintf("%x", s), fmt.Sprintf("%X", s), fmt.Sprintf("%d", []byte(s)), fmt.Sprintf("%08b", []byte(s))} {
			if strings.Contains(printed, form) {
				t.Errorf("printed as %q", form)
			}
		}
	}
	if !strings.Contains(printed, "BRN-1") || !strings.Contains(printed, mask) {
		t.Errorf("nothing useful was printed: %.200s", printed)
	}
	if s := (Client{}).String(); strings.Contains(s, mask) {
		t.Errorf("a client without a key seems to have one: %s", s)
	}
}
