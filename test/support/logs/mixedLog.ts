import { randomUUID } from 'node:crypto'
import { openSqliteEventStore } from '../../../src/eventStore/sqlite/sqliteEventStore.ts'
import { right } from '../right.ts'

/** The first user has this many events in a row, more than fit into one append of EventStoreDB. */
const IN_A_ROW = 500
const LONG = 3000

const metadataOf = (n: number): string =>
  `{"format":1,"recordedAt":"2025-01-01T00:00:00.${String(n).padStart(6, '0')}Z","score": 0.00}`

/** Texts that JSON would not give back as they are, among ordinary ones. */
const dataOf = (n: number, length: number): string => {
  const comment = 'é'.repeat(length)
  return n % 3 === 0
    ? `{"2":1, "1":0.00,"id":12345678901234567890,"text":"\\/${comment}"}`
    : JSON.stringify({ webhook: 'user.update', n, comment })
}

/**
 * Writes a log for the embedded store: one user with many large events in a row, then `users` users in turn, `rounds`
 * times, one or two events each time. Gives how many events it holds.
 */
export const writeMixedLog = async (file: string, users: number, rounds: number): Promise<number> => {
  const store = right(await openSqliteEventStore({ file })())
  const heads = new Map<string, number>()
  let written = 0
  const append = async (stream: string, count: number, length: number): Promise<void> => {
    const events = Array.from({ length: count }, () => {
      written += 1
      const type = written % 2 === 0 ? 'user.update' : 'kycreview.result'
      return { eventId: randomUUID(), type, data: dataOf(written, length), metadata: metadataOf(written) }
    })
    const appended = await store.append(stream, heads.get(stream) ?? 'no-stream', events)()
    heads.set(stream, right(appended).revision)
  }
  await append('kyc-1', IN_A_ROW, LONG)
  for (let round = 0; round < rounds; round += 1) {
    await Promise.all(Array.from({ length: users }, (_, user) => append(`kyc-${user + 2}`, 1 + (user % 2), 10)))
    await append('kyc-unattributed', 1, 10)
  }
  await store.close()
  return written
}
