// A reader in Go, of its standard library alone: reader status USER | follow FILE N | receive PORT N | evidence FILE
package main

import (
	"archive/tar"
	"bufio"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Change is what the feed and the webhooks tell: a CloudEvent.
type Change struct {
	ID      string
	Subject string
	Data    struct {
		Status   string
		Verified bool
	}
}

func must[A any](a A, err error) A {
	if err != nil {
		log.Fatal(err)
	}
	return a
}

func ask(path, accept string) *http.Response {
	request := must(http.NewRequest("GET", os.Getenv("KYC_URL")+path, nil))
	request.Header.Set("Authorization", "Bearer "+os.Getenv("KYC_API_KEY"))
	request.Header.Set("Accept", accept)
	return must(http.DefaultClient.Do(request))
}

func status(user string) {
	response := ask("/users/"+user+"/kyc", "application/json")
	// The status of a user is a text; that of a problem, which comes with every other answer, is the number of HTTP.
	if response.StatusCode != 200 {
		var problem struct{ Type, Title string }
		if err := json.NewDecoder(response.Body).Decode(&problem); err != nil || response.StatusCode != 404 && response.StatusCode != 410 {
			log.Fatal("not known: ", problem.Title, err)
		}
		fmt.Println(user, problem.Type, false)
		return
	}
	var said struct {
		Status   string
		Verified bool
	}
	if err := json.NewDecoder(response.Body).Decode(&said); err != nil {
		log.Fatal(err)
	}
	fmt.Println(user, said.Status, said.Verified)
}

// follow goes on behind the id that the file holds, and keeps there the one that it has come to.
func follow(place string, amount int) {
	path := "/changes"
	if last, err := os.ReadFile(place); err == nil {
		path += "?after=" + string(last)
	}
	response := ask(path, "text/event-stream")
	if response.StatusCode != 200 {
		log.Fatal("the feed answers ", response.Status)
	}
	for lines := bufio.NewScanner(response.Body); amount > 0 && lines.Scan(); {
		text := strings.TrimPrefix(lines.Text(), "data:")
		var change Change
		if text == lines.Text() {
			continue
		}
		if err := json.Unmarshal([]byte(text), &change); err != nil {
			log.Fatal(err)
		}
		fmt.Println(change.Subject, change.Data.Status, change.Data.Verified)
		if err := os.WriteFile(place, []byte(change.ID), 0o600); err != nil {
			log.Fatal(err)
		}
		amount--
	}
}

// receive checks the signature of the pair whose public half it holds.
func receive(port string, amount int) {
	key := ed25519.PublicKey(must(base64.StdEncoding.DecodeString(strings.TrimPrefix(os.Getenv("KYC_WEBHOOK_KEY"), "whpk_"))))
	taken := make(chan bool)
	go http.ListenAndServe("127.0.0.1:"+port, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := must(io.ReadAll(r.Body))
		sent := r.Header.Get("webhook-timestamp")
		good := false
		for _, one := range strings.Fields(r.Header.Get("webhook-signature")) {
			version, text, _ := strings.Cut(one, ",")
			signature, err := base64.StdEncoding.DecodeString(text)
			signed := r.Header.Get("webhook-id") + "." + sent + "." + string(body)
			good = good || version == "v1a" && err == nil && ed25519.Verify(key, []byte(signed), signature)
		}
		age := time.Since(time.Unix(int64(must(strconv.Atoi(sent))), 0)).Abs()
		if good = good && age < 5*time.Minute; good {
			w.WriteHeader(204)
		} else {
			w.WriteHeader(401)
		}
		var change Change
		if err := json.Unmarshal(body, &change); err != nil {
			log.Fatal(err)
		}
		fmt.Println(change.Subject, change.Data.Status, good)
		taken <- true
	}))
	for ; amount > 0; amount-- {
		<-taken
	}
}

func evidence(file string) {
	archive := tar.NewReader(must(os.Open(file)))
	var names []string
	for header, err := archive.Next(); err == nil; header, err = archive.Next() {
		names = append(names, header.Name)
	}
	sort.Strings(names)
	fmt.Println(strings.Join(names, " "))
}

func main() {
	amount := func() int { return must(strconv.Atoi(os.Args[3])) }
	switch os.Args[1] {
	case "status":
		status(os.Args[2])
	case "follow":
		follow(os.Args[2], amount())
	case "receive":
		receive(os.Args[2], amount())
	case "evidence":
		evidence(os.Args[2])
	}
}
