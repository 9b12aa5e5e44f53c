import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { type EventStoreDb, startEventStoreDb } from '../../support/eventStoreDb/eventStoreDb.ts'
import { ROOM_MS, untilTrue } from '../../support/patience.ts'

const ENDING_PROCESS = fileURLToPath(new URL('./endingProcess.ts', import.meta.url))
/** What the adapter tries for eight seconds, the closing, and the start of a process, on a busy machine. */
const ENDED_WITHIN_MS = 20_000 + ROOM_MS

describe('a process that has closed its EventStoreDB', () => {
  let server: EventStoreDb
  beforeEach(async () => {
    server = await startEventStoreDb()
  })
  afterEach(() => server.stop())

  /** How each append of the process was answered; rejects unless it ends by itself, in time and without an error. */
  const outcomes = async (): Promise<ReadonlySet<string>> => {
    const options = { timeout: ENDED_WITHIN_MS }
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [ENDING_PROCESS, server.connectionString],
      options,
    )
    expect(stderr).to.equal('')
    return new Set(stdout.trim().split(' '))
  }

  it('ends by itself, its appends answered', async () => {
    expect(await outcomes()).to.deep.equal(new Set(['Right']))
    expect(server.events()).to.have.length(20)
  })

  for (const fault of ['unanswered', 'unavailable', 'ended'] as const) {
    it(`ends by itself, whatever becomes of its appends: ${fault}`, async () => {
      expect(await server.faults.during('append', fault, outcomes)).to.deep.equal(new Set(['Left']))
    })
  }

  it('ends by itself though the server is frozen', async () => {
    server.faults.slow(200)
    const ending = outcomes()
    await untilTrue('it appends', () => server.calls.append > 0)
    server.freeze()
    expect(await ending).to.deep.equal(new Set(['Left']))
  })
})
