// Checks a sealed log with nothing of ours: Go's own implementation of signed notes and of the trees of RFC 6962.
// Arguments: the checkpoint, the verifier key, and a file of records, each after its length in four bytes.
package main

import (
	"encoding/binary"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func fail(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	fail(err)
	verifier, err := note.NewVerifier(os.Args[2])
	fail(err)
	signed, err := note.Open(text, note.VerifierList(verifier))
	fail(err)
	var origin, root string
	var size int64
	_, err = fmt.Sscanf(signed.Text, "%s\n%d\n%s\n", &origin, &size, &root)
	fail(err)

	records, err := os.ReadFile(os.Args[3])
	fail(err)
	var hashes []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			found[i] = hashes[index]
		}
		return found, nil
	})
	var leaves int64
	for ; leaves < size && len(records) > 0; leaves++ {
		end := 4 + binary.BigEndian.Uint32(records)
		stored, err := tlog.StoredHashes(leaves, records[4:end], read)
		fail(err)
		hashes = append(hashes, stored...)
		records = records[end:]
	}
	tree, err := tlog.TreeHash(leaves, read)
	fail(err)
	if leaves != size || tree.String() != root {
		fmt.Printf("sealed: %d leaves, root %s; the records: %d, root %s\n", size, root, leaves, tree)
		os.Exit(1)
	}
	fmt.Printf("%s: %d leaves\n", origin, size)
}
