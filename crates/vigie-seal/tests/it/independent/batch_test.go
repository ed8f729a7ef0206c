// Many verdicts of one independent verifier in one process.
//
// TLOG_CASES names a file with one case a line: changes "path:offset:hex" to the log in
// TLOG_DIR, separated by spaces. Each case is applied, judged by the verifier's own run,
// and undone. "accepted N" is printed for each case that it accepts, and at last how
// many were judged.
package main

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestBatch(t *testing.T) {
	dir, vkey := os.Getenv("TLOG_DIR"), os.Getenv("TLOG_VKEY")
	raw, err := os.ReadFile(os.Getenv("TLOG_CASES"))
	if err != nil {
		t.Fatal(err)
	}
	cases := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
	for number, line := range cases {
		var undo []func()
		for _, change := range strings.Fields(line) {
			undo = append(undo, apply(t, dir, change))
		}
		if run(dir, vkey, "", os.Getenv("TLOG_OLD"), os.Getenv("TLOG_PROOF")) == nil {
			fmt.Printf("accepted %d\n", number)
		}
		for i := len(undo) - 1; i >= 0; i-- {
			undo[i]()
		}
	}
	fmt.Printf("judged %d\n", len(cases))
}

func apply(t *testing.T, dir, change string) func() {
	parts := strings.Split(change, ":")
	offset, err := strconv.Atoi(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	bytes, err := hex.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, filepath.FromSlash(parts[0]))
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	after := append([]byte{}, before...)
	copy(after[offset:], bytes)
	write := func(content []byte) {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(after)
	return func() { write(before) }
}
