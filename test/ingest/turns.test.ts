import { expect } from 'chai'
import type { StreamName } from '../../src/eventStore/recordedEvent.ts'
import { turnsAtStreams } from '../../src/ingest/turns.ts'

const stream = 'kyc-1' as StreamName

/** Lets all that waits for nothing outside come to its end. */
const allDone = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Turns, of which each is begun by itself and ended by hand, by its name. */
const byHand = () => {
  const turns = turnsAtStreams()
  const begun: string[] = []
  const ends = new Map<string, (error?: Error) => void>()
  const take = (name: string): Promise<string> =>
    turns.take(stream, () => {
      begun.push(name)
      return new Promise((resolve, reject) =>
        ends.set(name, (error) => (error === undefined ? resolve(name) : reject(error))),
      )
    })
  const end = async (name: string, error?: Error): Promise<void> => {
    ends.get(name)?.(error)
    await allDone()
  }
  return { turns, begun, take, end }
}

describe('turns at a stream', () => {
  it('are taken at once where nobody has one, and again once all have had theirs', async () => {
    const { begun, take, end } = byHand()
    const first = take('first')
    expect(begun).to.deep.equal(['first'])
    await end('first')
    expect(await first).to.equal('first')
    void take('second')
    expect(begun).to.deep.equal(['first', 'second'])
  })

  it('come one after the other, whoever comes while another one has his', async () => {
    const { begun, take, end } = byHand()
    for (const name of ['first', 'second']) void take(name)
    await end('first')
    void take('third')
    await allDone()
    expect(begun).to.deep.equal(['first', 'second'])
    await end('second')
    expect(begun).to.deep.equal(['first', 'second', 'third'])
  })

  it('go on behind one that failed, which only he hears who took it', async () => {
    const { turns, begun, take, end } = byHand()
    const failed = take('first').catch(({ message }: Error) => message)
    const next = take('second')
    const settled = turns.settled(stream)
    await end('first', new Error('it failed'))
    expect(await failed).to.equal('it failed')
    expect(begun).to.deep.equal(['first', 'second'])
    await end('second')
    await Promise.all([next, settled])
  })
})
