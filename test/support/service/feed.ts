import { expect } from 'chai'
import { lookAt } from '../description/watching.ts'

/** A server-sent event, as its reader has it. */
export interface Message {
  readonly id: string | null
  /** `message` unless it has a name. */
  readonly event: string
  readonly data: string
}

/** An open stream of server-sent events. */
export interface Feed {
  /** The next one; `null` where the stream has ended, or broke off. */
  readonly next: () => Promise<Message | null>
  /** How many comments came so far. */
  readonly comments: () => number
  /** The client leaves. */
  readonly leave: () => void
}

const fieldOf = (block: string, name: string): string | null => {
  const line = block.split('\n').find((one) => one.startsWith(`${name}: `))
  return line === undefined ? null : line.slice(name.length + 2)
}

/** Reads what is sent of a URL as server-sent events; by the rules of their format, for what this service sends of it. */
export const openFeed = async (url: string, headers: Readonly<Record<string, string>> = {}): Promise<Feed> => {
  const leaving = new AbortController()
  const response = await fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal: leaving.signal })
  expect(response.status).to.equal(200)
  expect(response.headers.get('content-type')).to.match(/^text\/event-stream/)
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let comments = 0
  let text = ''
  const next = async (): Promise<Message | null> => {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end === -1) {
        const arrived = await reader?.read().catch(() => undefined)
        if (arrived === undefined || arrived.done) return null
        text += arrived.value
        continue
      }
      const block = text.slice(0, end)
      text = text.slice(end + 2)
      lookAt(response, block)
      const data = fieldOf(block, 'data')
      if (data !== null) {
        const id = fieldOf(block, 'id')
        // Some clients take an id as they read its line: whoever is cut off before it knows no more than he was told.
        if (id !== null) expect(block.endsWith(`\nid: ${id}`), block).to.equal(true)
        return { id, event: fieldOf(block, 'event') ?? 'message', data }
      }
      comments += 1
    }
  }
  return { next, comments: () => comments, leave: () => leaving.abort() }
}
