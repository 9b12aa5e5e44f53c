// Checks proofs, notes and tiles with nothing of ours: each line of the input is one case, `good` or `bad`, what it is and its parts.
// Says each case that turns out otherwise, and how many there were.
package main

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var errOther = errors.New("it is another one")

func hashes(texts []string) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, text := range texts {
		hash, err := tlog.ParseHash(text)
		if err != nil {
			return nil, err
		}
		found = append(found, hash)
	}
	return found, nil
}

func numbers(texts ...string) ([]int64, error) {
	var found []int64
	for _, text := range texts {
		number, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, err
		}
		found = append(found, number)
	}
	return found, nil
}

// Reads tiles as they lie in a directory, where a partial one is the beginning of the file of the full one.
type directory string

func (d directory) Height() int { return 8 }

func (d directory) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		full := tile
		full.W = 256
		data, err := os.ReadFile(filepath.Join(string(d), strings.Replace(full.Path(), "tile/8/", "tile/", 1)))
		if err != nil {
			return nil, err
		}
		if len(data) < tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s is too short", full.Path())
		}
		all = append(all, data[:tile.W*tlog.HashSize])
	}
	return all, nil
}

func (d directory) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

func same(a, b []tlog.Hash) error {
	if fmt.Sprint(a) != fmt.Sprint(b) {
		return errOther
	}
	return nil
}

func check(kind string, parts []string) error {
	switch kind {
	case "note": // verifier key, note in base64
		verifier, err := note.NewVerifier(parts[0])
		if err != nil {
			return err
		}
		text, err := base64.StdEncoding.DecodeString(parts[1])
		if err != nil {
			return err
		}
		_, err = note.Open(text, note.VerifierList(verifier))
		return err
	case "path": // level, number, width, path
		n, err := numbers(parts[:3]...)
		if err != nil {
			return err
		}
		tile := tlog.Tile{H: 8, L: int(n[0]), N: n[1], W: int(n[2])}
		if tile.Path() != "tile/8/"+parts[3] {
			return errOther
		}
		return nil
	case "inclusion", "consistency": // size, root, index and leaf or old size and root, proof
		n, err := numbers(parts[0], parts[2])
		if err != nil {
			return err
		}
		h, err := hashes(append([]string{parts[1], parts[3]}, parts[4:]...))
		if err != nil {
			return err
		}
		if kind == "inclusion" {
			return tlog.CheckRecord(h[2:], n[0], h[0], n[1], h[1])
		}
		return tlog.CheckTree(h[2:], n[0], h[0], n[1], h[1])
	case "tiles-inclusion", "tiles-consistency": // directory, size, root, index or old size, proof
		n, err := numbers(parts[1], parts[3])
		if err != nil {
			return err
		}
		h, err := hashes(append([]string{parts[2]}, parts[4:]...))
		if err != nil {
			return err
		}
		reader := tlog.TileHashReader(tlog.Tree{N: n[0], Hash: h[0]}, directory(parts[0]))
		if kind == "tiles-inclusion" {
			proof, err := tlog.ProveRecord(n[0], n[1], reader)
			if err != nil {
				return err
			}
			return same(proof, h[1:])
		}
		proof, err := tlog.ProveTree(n[0], n[1], reader)
		if err != nil {
			return err
		}
		return same(proof, h[1:])
	}
	return errors.New("nobody knows what that is")
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	cases, other := 0, 0
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		err := check(words[1], words[2:])
		cases++
		if (err == nil) != (words[0] == "good") {
			other++
			fmt.Printf("%v: %.300s\n", err, lines.Text())
		}
	}
	fmt.Printf("%d cases, %d other than said\n", cases, other)
	if other > 0 || lines.Err() != nil {
		os.Exit(1)
	}
}
