// Checks an evidence file of kyc-ledger with nothing of its makers': Go's own signed notes and trees of RFC 6962.
//
//	go run verify.go -key <verifier key of the log> [-witness <verifier key>]... evidence.tar
//
// It needs golang.org/x/mod/sumdb: on Debian golang-go and golang-golang-x-mod-dev, with GO111MODULE=off and
// GOPATH=/usr/share/gocode; elsewhere go mod init check && go get golang.org/x/mod/sumdb. Keys are the ones you hold: none
// is taken from the file. The exit code is 1 where anything is wrong, and the first of it is named; 2 where it was not called
// rightly. In the end stands what was checked, and what was not.
package main

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	block          = 512
	largestRecord  = 64 << 20 // bytes of one event
	largestText    = 1 << 20  // bytes of a checkpoint or a proof
	mostMembers    = 4000000
	proofBeginning = "c2sp.org/tlog-proof@v1\n"
)

func wrong(format string, args ...interface{}) {
	fmt.Printf("WRONG: "+format+"\n", args...)
	os.Exit(1)
}

func misused(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(2)
}

// ---- keys ----

// A cosignature by an Ed25519 key (https://c2sp.org/tlog-cosignature): signed is the checkpoint under the time of signing.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }
func (c *cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(signature), text)
	return ed25519.Verify(c.key, []byte(signed), signature[8:])
}

func logKey(key string) (note.Verifier, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return nil, errors.New("-key: it is no Ed25519 verifier key of a log, <name>+<8 hexadecimal digits>+<base64>")
	}
	return verifier, nil
}

func witnessKey(key string) (*cosigner, error) {
	parts := strings.SplitN(key, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("-witness: a verifier key reads <name>+<8 hexadecimal digits>+<base64>")
	}
	bytes, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(bytes) != 1+ed25519.PublicKeySize || bytes[0] != 4 {
		return nil, errors.New("-witness: it is no key of Ed25519 cosignatures (type 4); others are not checked here")
	}
	hash := sha256.Sum256(append([]byte(parts[0]+"\n"), bytes...))
	if hex.EncodeToString(hash[:4]) != parts[1] {
		return nil, errors.New("-witness: its id is not the one of its name and key")
	}
	return &cosigner{parts[0], binary.BigEndian.Uint32(hash[:4]), bytes[1:]}, nil
}

// ---- the archive: plain files in the format ustar, in the one spelling that the service writes ----

var memberName = regexp.MustCompile(`^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$`)

// Nothing in the name of a member leads anywhere else.
func isMemberName(name string) bool {
	for _, part := range strings.Split(name, "/") {
		if strings.Trim(part, ".") == "" {
			return false
		}
	}
	return len(name) <= 100 && memberName.MatchString(name)
}

func header(name string, size, at int64) []byte {
	h := make([]byte, block)
	copy(h, name)
	copy(h[100:], "0000644\x000000000\x000000000\x00")
	copy(h[124:], fmt.Sprintf("%011o\x00%011o\x00", size, at))
	copy(h[148:], "        0")
	copy(h[257:], "ustar\x0000")
	copy(h[329:], "0000000\x000000000\x00")
	sum := 0
	for _, b := range h {
		sum += int(b)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	return h
}

type archive struct {
	in   io.Reader
	name string
	size int64
}

func (a *archive) take(n int64) []byte {
	bytes := make([]byte, n)
	if _, err := io.ReadFull(a.in, bytes); err != nil {
		wrong("the archive ends too early")
	}
	return bytes
}

// Goes to the next member; false at the end.
func (a *archive) next() bool {
	h := a.take(block)
	if bytes.Count(h, []byte{0}) == block {
		rest := make([]byte, block+1)
		if n, _ := io.ReadFull(a.in, rest); n != block || bytes.Count(rest, []byte{0}) != block+1 {
			wrong("something stands behind the end of the archive")
		}
		return false
	}
	name := string(bytes.TrimRight(h[:100], "\x00"))
	size, err := strconv.ParseInt(string(h[124:135]), 8, 64)
	at, err2 := strconv.ParseInt(string(h[136:147]), 8, 64)
	if err != nil || err2 != nil || size < 0 || at < 0 || !isMemberName(name) || !bytes.Equal(h, header(name, size, at)) {
		wrong("the header of a member of the archive is not plain")
	}
	a.name, a.size = name, size
	return true
}

// Passes over what fills the last block of a member.
func (a *archive) pad() {
	if padding := (block - a.size%block) % block; bytes.Count(a.take(padding), []byte{0}) != int(padding) {
		wrong("%s: something stands behind it", a.name)
	}
}

// The contents of the member, of which no more than `most` bytes are held.
func (a *archive) contents(most int64) []byte {
	if a.size > most {
		wrong("%s: it is larger than %d bytes", a.name, most)
	}
	bytes := a.take(a.size)
	a.pad()
	return bytes
}

// The hash of a member that is not looked at.
func (a *archive) hashed() []byte {
	digest := sha256.New()
	if _, err := io.CopyN(digest, a.in, a.size); err != nil {
		wrong("the archive ends too early")
	}
	a.pad()
	return digest.Sum(nil)
}

// ---- the checkpoint ----

type checkpoint struct {
	issued string
	origin string
	size   int64
	root   tlog.Hash
}

func readCheckpoint(issued []byte, log note.Verifier, witnesses []*cosigner) (checkpoint, *note.Note) {
	verifiers := []note.Verifier{log}
	for _, witness := range witnesses {
		verifiers = append(verifiers, witness)
	}
	opened, err := note.Open(issued, note.VerifierList(verifiers...))
	if err != nil {
		wrong("checkpoint: %v", err)
	}
	lines := strings.Split(opened.Text, "\n")
	// A fourth line says how many users were erased of the log; nothing here rests on it.
	if len(lines) == 5 && strings.HasPrefix(lines[3], "erased ") {
		lines = append(lines[:3], lines[4])
	}
	if len(lines) != 4 || lines[3] != "" {
		wrong("checkpoint: it is not three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		wrong("checkpoint: its second line is no size of a tree")
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		wrong("checkpoint: its third line is no root hash")
	}
	if lines[0] != log.Name() {
		wrong("checkpoint: it is of another log than the key, %q", lines[0])
	}
	for _, signer := range verifiers {
		if !hasSigned(opened, signer) {
			wrong("checkpoint: %s (%08x) has not signed it", signer.Name(), signer.KeyHash())
		}
	}
	return checkpoint{string(issued), lines[0], size, root}, opened
}

func hasSigned(opened *note.Note, by note.Verifier) bool {
	for _, signature := range opened.Sigs {
		if signature.Name == by.Name() && signature.Hash == by.KeyHash() {
			return true
		}
	}
	return false
}

// When the signer of a cosignature says that he signed.
func signedAt(opened *note.Note, by note.Verifier) string {
	for _, signature := range opened.Sigs {
		if signature.Name == by.Name() && signature.Hash == by.KeyHash() {
			bytes, _ := base64.StdEncoding.DecodeString(signature.Base64)
			return time.Unix(int64(binary.BigEndian.Uint64(bytes[4:])), 0).UTC().Format(time.RFC3339)
		}
	}
	return ""
}

// ---- events ----

var eventName = regexp.MustCompile(`^events/(kyc-(?:[1-9][0-9]{0,18}|unattributed))/([0-9]{8,16})\.(record|tlog-proof)$`)

const unattributed = "kyc-unattributed"

// The six texts of a record: stream, revision, event id, type, metadata, data.
func texts(name string, record []byte) [6]string {
	var found [6]string
	for i := range found {
		if len(record) < 4 || int64(len(record)-4) < int64(binary.BigEndian.Uint32(record)) {
			wrong("%s: it is no record of an event", name)
		}
		end := 4 + int(binary.BigEndian.Uint32(record))
		found[i] = string(record[4:end])
		record = record[end:]
		if !utf8.ValidString(found[i]) {
			wrong("%s: it is no record of an event", name)
		}
	}
	if len(record) > 0 {
		wrong("%s: it is no record of an event", name)
	}
	return found
}

// Whether the service wrote the event itself, and whether the data have the hash that was recorded beside them, where one was.
func isOwn(metadata, data string) (own, agrees bool) {
	var about struct{ Origin, DataHash string }
	if json.Unmarshal([]byte(metadata), &about) != nil || about.Origin != "kyc-ledger" {
		return false, false
	}
	hash := sha256.Sum256([]byte(data))
	return true, about.DataHash == "" || hex.EncodeToString(hash[:]) == about.DataHash
}

// Whether the payload in the data, as it stands there, has the hash that was recorded beside it, and whether it is a part of a
// webhook that speaks of several users: then elementHash is the one of the part, and payloadHash the one of the whole, which is not
// in the file. Another payload may have the hash in its canonical form, which is not worked out here.
func hasPayload(metadata, data string) (agrees, isPart bool) {
	var about struct{ PayloadHash, ElementHash string }
	var webhook map[string]json.RawMessage
	if json.Unmarshal([]byte(metadata), &about) != nil || json.Unmarshal([]byte(data), &webhook) != nil {
		return false, false
	}
	recorded := about.PayloadHash
	if about.ElementHash != "" {
		recorded = about.ElementHash
	}
	hash := sha256.Sum256(webhook["object_payload"])
	return hex.EncodeToString(hash[:]) == recorded, about.ElementHash != ""
}

// Checks a proof (https://c2sp.org/tlog-proof) and gives the index of the leaf.
func included(name, proof string, record []byte, in checkpoint) int64 {
	end := strings.Index(proof, "\n\n")
	if !strings.HasPrefix(proof, proofBeginning) || end < len(proofBeginning) {
		wrong("%s: it is no proof", name)
	}
	if proof[end+2:] != in.issued {
		wrong("%s: its checkpoint is not the one of the file", name)
	}
	lines := strings.Split(proof[len(proofBeginning):end], "\n")
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64)
	if err != nil || fmt.Sprintf("index %d", index) != lines[0] || index < 0 || index >= in.size {
		wrong("%s: it does not say the index of a leaf", name)
	}
	var path tlog.RecordProof
	for _, line := range lines[1:] {
		hash, err := tlog.ParseHash(line)
		if err != nil || hash.String() != line {
			wrong("%s: a line of it is no hash", name)
		}
		path = append(path, hash)
	}
	if tlog.CheckRecord(path, in.size, in.root, index, tlog.RecordHash(record)) != nil {
		wrong("%s: this record is not the one in the log", strings.TrimSuffix(name, "tlog-proof")+"record")
	}
	return index
}

// What was seen of the events of one stream.
type seen struct {
	stream             string
	first, last, index int64
	events             int
}

// ---- the file ----

var head = []string{"README.txt", "keys.txt", "verify.go", "checkpoint", "checkpoint.signed", "checkpoint.tsr",
	"status.json", "timeline.html", "timeline.csv"}

func main() {
	var key string
	var witnesses []*cosigner
	flag.StringVar(&key, "key", "", "the verifier key of the log that you hold")
	flag.Func("witness", "a verifier key of a witness that you hold; may be given again", func(text string) error {
		witness, err := witnessKey(text)
		witnesses = append(witnesses, witness)
		return err
	})
	flag.Parse()
	if flag.NArg() != 1 || key == "" {
		misused(errors.New("usage: go run verify.go -key <verifier key> [-witness <verifier key>]... <evidence file>"))
	}
	log, err := logKey(key)
	if err != nil {
		misused(err)
	}
	file, err := os.Open(flag.Arg(0))
	if err != nil {
		misused(err)
	}

	in := &archive{in: bufio.NewReaderSize(file, 1<<16)}
	var sums strings.Builder
	var signed checkpoint
	var opened *note.Note
	var streams []*seen
	var record []byte
	var recordOf string
	present := map[string]bool{}
	reached, members, asTheyStand, inParts, own, events := -1, 0, 0, 0, 0, 0
	sum := func(hash []byte) { fmt.Fprintf(&sums, "%x  %s\n", hash, in.name) }
	ended := false

	for in.next() {
		if members++; members > mostMembers {
			wrong("it has more than %d members", mostMembers)
		}
		if ended {
			wrong("%s: it stands behind the sums", in.name)
		}
		if in.name == "SHA256SUMS" {
			for _, name := range head {
				if !present[name] && !strings.HasPrefix(name, "checkpoint.") {
					wrong("%s is missing", name)
				}
			}
			if present["checkpoint.signed"] != present["checkpoint.tsr"] {
				wrong("of the time stamp only one part is there")
			}
			if record != nil {
				wrong("%s: its proof is missing", recordOf)
			}
			expected := sums.String()
			if given := string(in.contents(int64(len(expected)) + 1)); given != expected {
				had, has := strings.Split(given, "\n"), strings.Split(expected, "\n")
				for i := range has {
					if i >= len(had) || had[i] != has[i] {
						wrong("SHA256SUMS: line %d is not the one of %q", i+1, strings.TrimPrefix(has[i], strings.SplitN(has[i], " ", 2)[0]+"  "))
					}
				}
				wrong("SHA256SUMS: it has more lines than members stand before it")
			}
			ended = true
			continue
		}

		if place := indexOf(head, in.name); place != -1 {
			if place <= reached || len(streams) > 0 {
				wrong("%s: it stands twice, or in another place than its own", in.name)
			}
			reached = place
			present[in.name] = true
			if !strings.HasPrefix(in.name, "checkpoint") {
				sum(in.hashed())
				continue
			}
			contents := in.contents(largestText)
			hash := sha256.Sum256(contents)
			sum(hash[:])
			switch in.name {
			case "checkpoint":
				signed, opened = readCheckpoint(contents, log, witnesses)
			case "checkpoint.signed":
				rest := strings.TrimPrefix(signed.issued, string(contents))
				if len(contents) == 0 || len(rest)+len(contents) != len(signed.issued) || rest != "" && !strings.HasPrefix(rest, "\u2014 ") {
					wrong("checkpoint.signed: it is not how the checkpoint begins")
				}
			}
			continue
		}

		parts := eventName.FindStringSubmatch(in.name)
		if parts == nil {
			wrong("%q: nothing of that name is in an evidence file", in.name)
		}
		if opened == nil {
			wrong("%s: no checkpoint stands before it", in.name)
		}
		revision, _ := strconv.ParseInt(parts[2], 10, 64)
		if fmt.Sprintf("%08d", revision) != parts[2] {
			wrong("%q: nothing of that name is in an evidence file", in.name)
		}
		if parts[3] == "record" {
			if record != nil {
				wrong("%s: its proof is missing", recordOf)
			}
			record, recordOf = in.contents(largestRecord), in.name
			hash := sha256.Sum256(record)
			sum(hash[:])
			of := streamOf(&streams, parts[1], in.name)
			if of.events > 0 && revision <= of.last {
				wrong("%s: it stands behind revision %d of its stream", in.name, of.last)
			}
			if parts[1] != unattributed && revision != of.last+1 {
				wrong("%s: revision %d of its stream should stand here", in.name, of.last+1)
			}
			found := texts(in.name, record)
			if found[0] != parts[1] || found[1] != strconv.FormatInt(revision, 10) {
				wrong("%s: the record is of another event", in.name)
			}
			if of.events == 0 {
				of.first = revision
			}
			of.last = revision
			of.events++
			events++
			if written, agrees := isOwn(found[4], found[5]); written {
				if !agrees {
					wrong("%s: what the log wrote itself does not have the hash that was recorded with it", in.name)
				}
				own++
				continue
			}
			agrees, isPart := hasPayload(found[4], found[5])
			if agrees {
				asTheyStand++
			}
			if isPart {
				inParts++
			}
			continue
		}
		if record == nil || strings.TrimSuffix(recordOf, "record")+"tlog-proof" != in.name {
			wrong("%s: its record does not stand before it", in.name)
		}
		proof := in.contents(largestText)
		hash := sha256.Sum256(proof)
		sum(hash[:])
		index := included(in.name, string(proof), record, signed)
		of := streams[len(streams)-1]
		if index <= of.index {
			wrong("%s: in the log it stands before the event before it", in.name)
		}
		of.index = index
		record = nil
	}
	if !ended {
		wrong("SHA256SUMS is missing")
	}
	if events == 0 {
		wrong("no event is in it")
	}
	tell(signed, opened, log, witnesses, streams, events-own, asTheyStand, inParts, own, present["checkpoint.tsr"])
}

func indexOf(all []string, one string) int {
	for i, name := range all {
		if name == one {
			return i
		}
	}
	return -1
}

// The stream whose events come now: the user's first, then the one of the unattributed.
func streamOf(streams *[]*seen, name, member string) *seen {
	all := *streams
	if len(all) > 0 && all[len(all)-1].stream == name {
		return all[len(all)-1]
	}
	if len(all) > 0 && (name != unattributed || len(all) > 1) {
		wrong("%s: events of %s should not stand here", member, name)
	}
	of := &seen{stream: name, last: -1, index: -1}
	*streams = append(all, of)
	return of
}

func tell(signed checkpoint, opened *note.Note, log note.Verifier, witnesses []*cosigner, streams []*seen, webhooks, asTheyStand, inParts, own int, isTimeStamped bool) {
	fmt.Printf("checked: the checkpoint of log %s over %d events is signed by the key %08x\n", signed.origin, signed.size, log.KeyHash())
	for _, witness := range witnesses {
		fmt.Printf("checked: %s (%08x) has seen it at %s, and nothing before that went against it\n",
			witness.name, witness.hash, signedAt(opened, witness))
	}
	for _, of := range streams {
		if of.stream == unattributed {
			fmt.Printf("checked: %d events of %s are in that log, byte for byte\n", of.events, of.stream)
		} else {
			fmt.Printf("checked: the events of %s are in that log, byte for byte: revision 0 to %d, none is missing between them\n", of.stream, of.last)
		}
	}
	fmt.Printf("checked: %d of %d payloads have the hash that was recorded with them\n", asTheyStand, webhooks)
	if own > 0 {
		fmt.Printf("checked: %d events are those that the log wrote itself, and have the hash that was recorded with them\n", own)
	}
	fmt.Println("checked: the other files are those that SHA256SUMS was made of, which anybody can make anew")

	not := func(format string, args ...interface{}) { fmt.Printf("not checked: "+format+"\n", args...) }
	if len(witnesses) == 0 {
		not("no witness: an owner who rewrote log and key would not be seen")
	}
	for _, signature := range opened.UnverifiedSigs {
		not("a signature of %s (%08x): its key was not given, or is of a kind that Go's notes do not know (ML-DSA-44)", signature.Name, signature.Hash)
	}
	if asTheyStand < webhooks {
		not("%d payloads against their hash: they are not in canonical form, or of an event that holds none; npm run kyc -- verify tells", webhooks-asTheyStand)
	}
	if own > 0 {
		not("whether what %d events say is so, that the log wrote itself: what the provider's API answered, and what was released", own)
	}
	if inParts > 0 {
		not("what the provider signed of %d payloads: they are parts of webhooks that speak of several users, which are not in this file", inParts)
	}
	not("the provider's signatures over the payloads: they take the secret that is shared with it")
	not("whether the user has events after these: what was left out at the end, recorded later than the checkpoint, or never, is not missed")
	for _, of := range streams {
		if of.stream == unattributed {
			not("which events of %s are the user's: that these are in the log is shown, not that no others are his", unattributed)
		}
	}
	not("what README.txt, keys.txt, status.json and the timeline say: they are a reading of the records, which are the evidence")
	if isTimeStamped {
		not("the time stamp: openssl ts -verify -data checkpoint.signed -in checkpoint.tsr -CAfile <the authority's certificate> -attime <the time it names>")
	} else {
		not("when the checkpoint was made: there is no time stamp")
	}
}
