import type { UserId } from '../../../domain/identifiers.ts'

/** What an evidence file is about. */
export interface About {
  readonly userId: UserId
  /** The log's name: the first line of its checkpoints. */
  readonly origin: string
  /** How many events the checkpoint covers. */
  readonly size: number
  /** RFC 3339, UTC. */
  readonly madeAt: string
  readonly isTimeStamped: boolean
}

const timeStamped = `
A time-stamping authority has signed that checkpoint.signed was there at a time. With its certificate, which you get from it:

    openssl ts -reply -in checkpoint.tsr -text
    openssl ts -verify -data checkpoint.signed -in checkpoint.tsr -CAfile <its certificate> -attime <its time>

The time is that of the first command, in seconds since 1970: without it no stamp passes once that certificate has expired.
`

/** README.txt: what is in the file, how it is checked, and what it does not show. */
export const readme = ({
  userId,
  origin,
  size,
  madeAt,
  isTimeStamped,
}: About): string => `What is known of user ${userId}
made at ${madeAt}, out of the log ${origin}

Everything that the log had recorded about this user by then is in here, as it was recorded: it is personal data.

  events/<stream>/<revision>.record      an event: the exact bytes that were sealed
  events/<stream>/<revision>.tlog-proof  that it is in the log, as anybody can check (https://c2sp.org/tlog-proof)
  checkpoint                             the head of the log, ${size} events, signed by the log, and by witnesses if it has any
  status.json                            how the user stood when this was made, by all that was known then
  timeline.html, timeline.csv            what each event changed, in words, as known when it was recorded
  keys.txt                               the keys that the log says it signs with: COMPARE THEM WITH THE ONES YOU HOLD
  verify.go                              checks all of this with tools that we did not write
  SHA256SUMS                             of each file, for sha256sum -c

How to check it
---------------
With Go and golang.org/x/mod/sumdb (on Debian the packages golang-go and golang-golang-x-mod-dev), on the archive as it came:

    tar -xf evidence.tar verify.go
    GO111MODULE=off GOPATH=/usr/share/gocode go run verify.go -key '<key of the log>' -witness '<key of a witness>' evidence.tar

The keys are yours: those that you were given once, by a way that you trust, and never those in this file. The same is true of
verify.go: read it before you run it, it is short; or take it from where kyc-ledger comes from (src/evidence/verify.go).
With the service's own program, which checks more: npm run kyc -- verify evidence.tar --key '<key of the log>'
${isTimeStamped ? timeStamped : ''}
An event is six texts, each after its length in four bytes, the highest first: stream, revision, event id, type, metadata, data.
Its leaf in the tree is SHA-256(0x00, record); the tree is the one of RFC 6962.

An event whose metadata have an elementHash holds what a webhook says of this user out of one that speaks of several: elementHash is
the SHA-256 of the canonical form of the payload as it is here, payloadHash the one of the whole payload, over which the provider's
signature is. The whole is not in here, since it speaks of others. While the log has it (metadata: whole.stream), who holds the log
and the provider's secret can check both, and that this part is of it; once it was erased, only that whole.leaf was in the log.

An event whose metadata say "origin":"kyc-ledger" this service wrote itself: kyc-ledger.observed is what the provider's API answered
when it was asked about the user, kyc-ledger.release-requested that somebody asks for a success that was held back to be believed, and
kyc-ledger.released that it is, with the event that is meant and on what ground. Nobody has signed what such an event says. The first
never makes a user verified. The last can, and only together with the event it names, which the provider has signed and which is in here.

What it does not show
---------------------
- Of an event that this service wrote itself, that what it says is so: whoever keeps the log is to be believed, as far as witnesses
  watch him.
- Of a part of a webhook, that the provider signed it: whoever keeps the log is to be believed, as far as witnesses watch him.
- That the log is the only one. Whoever holds the log and its key could write both anew: a witness's signature that you check
  with your own key shows that he did not since.
- That nothing was left out at the end: the last events of the user, sealed ones as well, could be missing, and only who reads the
  whole log, or knows how many there are, would miss them.
- That README.txt, status.json and the timeline are right: they are our reading of the records. The records are the evidence.
- Which events that name no user (kyc-unattributed) are his: that they are in the log is shown, that there are no others is not.
`
