package simulator

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

type vectorFile struct {
	ClientID  string `json:"client_id"`
	SecretKey string `json:"secret_key"`
	Vectors   []struct {
		Name            string  `json:"name"`
		TimestampHeader string  `json:"timestamp_header"`
		RequestID       string  `json:"request_id"`
		Timestamp       string  `json:"timestamp"`
		Target          string  `json:"target"`
		Body            *string `json:"body"`
		Digest          *string `json:"digest"`
		StringToSign    string  `json:"string_to_sign"`
		Signature       string  `json:"signature"`
	} `json:"vectors"`
	Reproduced []struct {
		SecretKey    string  `json:"secret_key"`
		StringToSign string  `json:"string_to_sign"`
		Signature    string  `json:"signature"`
		DigestOf     *string `json:"digest_of"`
		Digest       string  `json:"digest"`
	} `json:"third_party_reproduced"`
}

func readVectors(t *testing.T) vectorFile {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectorFile
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func (v vectorFile) message(i int) signed {
	one := v.Vectors[i]
	m := signed{v.ClientID, one.RequestID, one.TimestampHeader, one.Timestamp, one.Target, nil}
	if one.Body != nil {
		m.Body = []byte(*one.Body)
	}
	return m
}

func TestSignatureVectors(t *testing.T) {
	v := readVectors(t)
	if len(v.Vectors) < 9 {
		t.Fatalf("only %d vectors", len(v.Vectors))
	}
	for i, one := range v.Vectors {
		t.Run(one.Name, func(t *testing.T) {
			m := v.message(i)
			if one.Digest != nil && digest(m.Body) != *one.Digest {
				t.Errorf("digest %s, want %s", digest(m.Body), *one.Digest)
			}
			if got := m.lines(); got != one.StringToSign {
				t.Errorf("signs %q, want %q", got, one.StringToSign)
			}
			if got := m.signature(v.SecretKey); got != one.Signature {
				t.Errorf("signature %s, want %s", got, one.Signature)
			}
			if !m.matches(v.SecretKey, one.Signature) {
				t.Error("own vector does not verify")
			}
			if m.matches(v.SecretKey, spoiled(one.Signature)) {
				t.Error("spoiled signature verifies")
			}
		})
	}
	for _, one := range v.Reproduced {
		if one.DigestOf != nil && digest([]byte(*one.DigestOf)) != one.Digest {
			t.Errorf("digest of %q is %s, want %s", *one.DigestOf, digest([]byte(*one.DigestOf)), one.Digest)
		}
	}
}

// The vectors must be able to fail: the same lines in another order give another signature.
func TestSignatureDependsOnTheOrderOfLines(t *testing.T) {
	v := readVectors(t)
	for i, one := range v.Vectors {
		m := v.message(i)
		lines := strings.Split(m.lines(), "\n")
		lines[0], lines[1] = lines[1], lines[0]
		if strings.Join(lines, "\n") == one.StringToSign {
			t.Errorf("%s: swapped lines are still the string to sign", one.Name)
		}
		m.ClientID, m.RequestID = m.RequestID, m.ClientID
		if m.signature(v.SecretKey) == one.Signature {
			t.Errorf("%s: swapped values give the same signature", one.Name)
		}
	}
}

// The two notification vectors are also the two forms this simulator writes, byte for byte.
func TestNotificationFormsAreTheVectors(t *testing.T) {
	v := readVectors(t)
	for _, c := range []struct {
		vector string
		form   form
	}{{"notify-compact", form{compact: true}}, {"notify-pretty", form{}}} {
		for _, one := range v.Vectors {
			if one.Name != c.vector {
				continue
			}
			code := &paymentCode{Number: "6059000000000205", Mode: modeDGPC, Invoice: "INV-20260101-0001", RequestID: "11111111-2222-4333-8444-555555555555"}
			date, _ := parseTimestamp("2026-01-01T02:37:35Z")
			got := notificationBody("SUCCESS", code, payment{150000, "ALFAMART", "store", "1246", date}, c.form)
			if string(got) != *one.Body {
				t.Errorf("%s:\n got %s\nwant %s", c.vector, got, *one.Body)
			}
		}
	}
}
