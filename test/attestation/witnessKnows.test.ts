import { expect } from 'chai'
import { witnessKnows } from '../../src/attestation/witnessKnows.ts'
import { answering } from '../support/attestation/answering.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { type SmallLog, smallLog } from '../support/witness/smallLog.ts'
import { WITNESS_NAME, type WitnessHere, witnessHere } from '../support/witness/witnessProcess.ts'

const ORIGIN = 'log.example/1'

describe('what a witness knows of a log', () => {
  let log: SmallLog
  let witness: WitnessHere

  before(async () => {
    log = smallLog(ORIGIN)
    witness = await witnessHere(newDirectory(), [log])
  })

  const asked = (url = witness.url, keys = witness.keys, { signers } = log) =>
    witnessKnows({ name: WITNESS_NAME, url, keys }, { origin: ORIGIN, signers, at: 1_900_000_000 })

  it('is nothing before it has cosigned anything, and asking changes that to no more than the empty tree', async () => {
    expect(await asked()).to.deep.equal({ _tag: 'Knows', size: 0, shown: null })
    expect(await asked()).to.deep.equal({ _tag: 'Knows', size: 0, shown: null })
    expect((await witness.add(log.submission(0, 7))).status).to.equal(200)
  })

  it('is the size that it has cosigned last, with the checkpoint that shows it', async () => {
    const knows = await asked()
    if (knows._tag !== 'Knows') throw new Error(knows._tag)
    expect(knows.size).to.equal(7)
    expect(knows.shown?.checkpoint).to.deep.equal({ origin: ORIGIN, size: 7, root: log.root(7) })
    expect(knows.shown?.note).to.equal(await (await witness.monitored(ORIGIN)).text())
    expect(await asked()).to.deep.equal(knows)
  })

  it('is shown by nothing that is not signed by log and witness', async () => {
    const note = await (await witness.monitored(ORIGIN)).text()
    const [signedByLog = ''] = /^[\s\S]*?\n\n[^\n]+\n/.exec(note) ?? []
    for (const [given, size] of [
      [note, 9],
      [signedByLog, 9],
      [note.replace('\n7\n', '\n8\n'), 9],
      ['', 9],
    ] as const) {
      const server = await answering((req, res) => {
        if (req.method === 'GET') res.end(given)
        else res.writeHead(409, { 'Content-Type': 'text/x.tlog.size' }).end(`${size}\n`)
      })
      const knows = await asked(server.url)
      const shown = given === note ? 7 : undefined
      expect(knows._tag === 'Knows' && [knows.size, knows.shown?.checkpoint.size]).to.deep.equal([9, shown])
      await server.close()
    }
  })

  it('is not told to a log that it does not watch, or that has another key', async () => {
    expect(await asked(witness.url, witness.keys, smallLog(ORIGIN))).to.deep.include({ _tag: 'Refused', status: 403 })
  })

  it('is not known while it is out of reach', async () => {
    await witness.end()
    expect(await asked()).to.deep.equal({ _tag: 'Unreachable', reason: 'ECONNREFUSED' })
  })
})
