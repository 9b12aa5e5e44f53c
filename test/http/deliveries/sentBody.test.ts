import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { expect } from 'chai'
import { readSentBody } from '../../../src/http/deliveries/sentBody.ts'
import { JOURNAL_BODY_BYTES } from '../../../src/journal/entry.ts'

/** A request whose body has come to its end before anybody reads it. */
const cameWhole = (bytes: number): IncomingMessage => {
  const req = new IncomingMessage(new Socket())
  req.headers = { 'content-length': String(bytes) }
  req.push(Buffer.alloc(bytes, 'a'))
  req.push(null)
  req.complete = true
  return req
}

describe('a body that came whole with its headers', () => {
  it('is read at once', async () => {
    const read = await readSentBody(cameWhole(JOURNAL_BODY_BYTES), () => false)
    expect(read).to.deep.equal({ _tag: 'Whole', bytes: Buffer.alloc(JOURNAL_BODY_BYTES, 'a') })
  })

  it('needs room like any other where it is long', async () => {
    expect(await readSentBody(cameWhole(JOURNAL_BODY_BYTES + 1), () => false)).to.deep.equal({ _tag: 'NoRoom' })
  })

  it('is read though its sender has gone since', async () => {
    const req = cameWhole(1)
    const reading = readSentBody(req, () => true)
    req.destroy()
    expect(await reading).to.deep.equal({ _tag: 'Whole', bytes: Buffer.from('a') })
  })
})

describe('a body of which only the beginning came', () => {
  it('is broken off where its sender has gone before it is read', async () => {
    const req = new IncomingMessage(new Socket())
    req.headers = { 'content-length': '2' }
    req.push(Buffer.from('a'))
    const reading = readSentBody(req, () => true)
    req.destroy()
    expect(await reading).to.deep.equal({ _tag: 'BrokenOff' })
  })
})
