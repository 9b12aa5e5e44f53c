import { SECRETS, type Sent } from './deliveries.ts'
import { copied, type Json, memberOf, readJson, scalar, written } from './json.ts'
import { judgedAs, rawSignatureOf, signatureOf } from './oracle/reference.ts'
import { type Case, tryCase } from './tryCase.ts'

const SIMPLE = ['null', '0', '""', '"2"', '[]', '{}']

/** Every value that is a little less than this one: without a member or an item, or with something plain in a place. */
function* less(value: Json): Generator<Json> {
  if (value.kind === 'list') {
    for (const [at] of value.items.entries()) yield { ...value, items: value.items.toSpliced(at, 1) }
    for (const [at, item] of value.items.entries()) {
      for (const inner of less(item)) yield { ...value, items: value.items.with(at, inner) }
    }
  }
  if (value.kind === 'object') {
    for (const [at] of value.members.entries()) yield { ...value, members: value.members.toSpliced(at, 1) }
    for (const [at, member] of value.members.entries()) {
      for (const inner of less(member.value)) {
        yield { ...value, members: value.members.with(at, { ...member, value: inner }) }
      }
    }
  }
  const text = written(value)
  for (const simple of SIMPLE) if (simple.length < text.length) yield scalar(simple)
}

/** The same webhook, signed anew over the payload that it has now, as far as it was signed before. */
const signedAnew = (root: Json, how: ReturnType<typeof judgedAs>): Json => {
  if (how === null) return root
  const whole = copied(root)
  const inner = memberOf(whole, 'webhook')
  const webhook = inner?.kind === 'object' ? inner : whole
  const payload = memberOf(webhook, 'object_payload')
  const signature = memberOf(webhook, 'object_payload_signature')
  if (payload === undefined || signature?.kind !== 'scalar') return whole
  const text = written(payload)
  signature.text = JSON.stringify(how.raw ? rawSignatureOf(text, how.secret) : signatureOf(text, how.secret))
  return whole
}

/** Bodies that are a little less than this one. */
function* lessOf(sent: Sent): Generator<Sent> {
  const of = (text: string | Buffer): Sent => {
    const body = Buffer.from(text as string)
    return { ...sent, body, packed: body, contentEncoding: null }
  }
  const how = judgedAs(sent.body, SECRETS)
  const text = sent.body.toString('utf8')
  const root = readJson(text.replace(/^\ufeff/, ''))
  if (root === null) {
    for (let size = sent.body.length >> 1; size > 0; size >>= 1) {
      for (let at = 0; at < sent.body.length; at += size) {
        yield of(Buffer.concat([sent.body.subarray(0, at), sent.body.subarray(at + size)]))
      }
    }
    return
  }
  const inner = memberOf(root, 'webhook')
  if (inner?.kind === 'object') yield of(written(signedAnew(inner, how)))
  if (written(root).length < text.length) yield of(written(signedAnew(root, how)))
  for (const inner of less(root)) yield of(written(signedAnew(inner, how)))
}

/** Cases with fewer bodies. */
function* fewer(one: Case): Generator<Case> {
  const { sents, otherwise } = one
  for (let size = sents.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at < sents.length; at += size) {
      // Of a set, both orders lose the same bodies.
      const gone = new Set(sents.slice(at, at + size))
      const isLeft = (sent: Sent): boolean => !gone.has(sent)
      yield { ...one, sents: sents.filter(isLeft), otherwise: otherwise.filter(isLeft) }
    }
  }
  for (const [at] of otherwise.entries()) yield { ...one, otherwise: otherwise.toSpliced(at, 1) }
  for (const [at] of one.answers.entries()) yield { ...one, answers: one.answers.toSpliced(at, 1) }
}

/** Cases with something less in one of the bodies. */
function* smaller(one: Case): Generator<Case> {
  const { sents, otherwise } = one
  for (const [at, sent] of sents.entries()) {
    for (const less of lessOf(sent)) {
      yield {
        ...one,
        sents: sents.with(at, less),
        otherwise: otherwise.map((other) => (other === sent ? less : other)),
      }
    }
  }
  for (const [at, answer] of one.answers.entries()) {
    for (const smallerOne of less(answer)) yield { ...one, answers: one.answers.with(at, smallerOne) }
  }
}

/** The smallest case that is found within so many milliseconds to have the fault as well. */
export const minimised = async (one: Case, kind: string, longestMs: number): Promise<Case> => {
  const until = performance.now() + longestMs
  let smallest = one
  for (let found = true; found; ) {
    found = false
    for (const ways of [fewer, smaller]) {
      // What was tried before is not tried again in this round: it goes on with what is left.
      for (let tried = 0; performance.now() < until; ) {
        const next = ways(smallest).drop(tried).next()
        if (next.done) break
        if ((await tryCase(next.value)).fault?.kind === kind) {
          smallest = next.value
          found = true
        } else tried += 1
      }
    }
  }
  return smallest
}
