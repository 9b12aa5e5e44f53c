import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import { openEventStore } from '../../src/eventStore/openEventStore.ts'
import { verifyLog } from '../../src/evidence/verifyLog.ts'
import { readSeal } from '../../src/ledger/seals.ts'
import { SEALS } from '../../src/ledger/streams.ts'
import { parseVerifierKey } from '../../src/tlog/keys.ts'
import { verifyCheckpoint } from '../../src/tlog/verifyCheckpoint.ts'
import { startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { gather } from '../support/gather.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { right } from '../support/right.ts'
import { untilSeals } from '../support/seals/untilSeals.ts'
import { answered, okText } from '../support/service/answers.ts'
import { readyHere, serveHere, startService } from '../support/service/service.ts'
import { newUser, request, validation } from '../support/webhooks/webhookBuilders.ts'

const reading = async <A>(url: string, read: (store: EventStore) => Promise<A>): Promise<A> => {
  const store = right(await openEventStore({ kind: 'esdb', connectionString: url }, { readOnly: true })())
  try {
    return await read(store)
  } finally {
    await store.close()
  }
}

const sealing = (name: string, open: () => Promise<{ readonly url: string; readonly close: () => Promise<void> }>) =>
  describe(`nodes that seal one log in ${name}`, () => {
    it('sign one history, whoever is first, and nothing with another key', async () => {
      const log = await open()
      const [one, two, three] = [newDirectory(), newDirectory(), newDirectory()]
      const env = { EVENT_STORE: log.url, SEAL_EVERY: '1' }
      const first = await readyHere(one, env)
      await untilSeals(first, 'sealing')
      copyFileSync(join(one, 'seal-key.pem'), join(two, 'seal-key.pem'))
      const second = await startService(two, env)
      await second.ready()
      await untilSeals(second, 'sealing')
      const users: string[] = []
      const signed = new Set<string>()
      while (signed.size < 5) {
        const user = newUser()
        users.push(user)
        await Promise.all([first.deliver(request(user)), second.deliver(validation(user))])
        const answer = await second.get('/checkpoint')
        const text = await answer.text()
        if (answer.ok) signed.add(text.split('\n')[1] ?? '')
      }
      const keys = (await okText(await second.get('/seals/keys')))
        .trim()
        .split('\n')
        .map((key) => right(parseVerifierKey(key)))
      const stranger = await serveHere(three, env)
      await untilSeals(stranger, 'another key')
      await Promise.all([first, second, stranger].map((node) => node.stop()))

      const notes = await reading(log.url, async (store) =>
        (await gather(store.readStream(SEALS))).flatMap((event) => {
          const seal = readSeal(event)
          return seal?._tag === 'Checkpoint' ? [seal.note] : []
        }),
      )
      const checkpoints = notes.map((note) => right(verifyCheckpoint(note, keys)).checkpoint)
      const sizes = checkpoints.map(({ size }) => size)
      expect(sizes.length).to.be.greaterThan(4)
      expect(sizes).to.deep.equal([...new Set(sizes)].sort((a, b) => a - b))
      const { size, rootAt } = await reading(log.url, (store) => verifyLog(store, { secrets: [], sizes }))
      expect(sizes.at(-1)).to.equal(size)
      for (const checkpoint of checkpoints) expect(rootAt.get(checkpoint.size)?.equals(checkpoint.root)).to.equal(true)

      // What one of them has lost it makes again, and it is the same.
      const again = await readyHere(three, { ...env, SEAL_KEY_FILE: join(one, 'seal-key.pem') })
      await untilSeals(again, 'sealing')
      const shown = await eventually('a checkpoint', async () => {
        const answer = await again.get('/checkpoint')
        return answer.status === 200 ? answer.text() : null
      })
      expect(shown.split('\n')[1]).to.equal(String(size))
      const user = users[0] ?? ''
      const proof = await answered(() => again.get(`/users/${user}/events/1/proof`))
      expect(proof.status).to.equal(200)
      await again.stop()
      await log.close()
    })
  })

sealing('a double of EventStoreDB', async () => {
  const double = await startEventStoreDb()
  return { url: double.connectionString, close: () => double.stop() }
})

const { EVENTSTORE_TEST_URL } = process.env
if (EVENTSTORE_TEST_URL === undefined) {
  console.log('EVENTSTORE_TEST_URL is not set: nodes that seal one log were not tested with a real EventStoreDB')
} else {
  sealing('EventStoreDB, on a server without a log of ours', async () => ({
    url: EVENTSTORE_TEST_URL,
    close: async () => undefined,
  }))
}
