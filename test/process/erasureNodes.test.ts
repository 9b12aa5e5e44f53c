import { expect } from 'chai'
import {
  asked,
  completed,
  type ErasureTold,
  endedLife,
  filesWith,
  personOf,
  posted,
  requestAndConfirm,
  withPolicy,
} from '../support/erasures/erasing.ts'
import { startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { expectProblem, okText } from '../support/service/answers.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { type OwnService, readyHere, type Service, serveHere, startService } from '../support/service/service.ts'
import { newUser, signed, users, validation } from '../support/webhooks/webhookBuilders.ts'

/** A server's clock is right: nothing can have been received so long ago that it is due. */
const BY = { authority: 'an order' }

/** Through a key that both nodes have: they sign one log. */
const erasureOnNodes = (
  name: string,
  open: () => Promise<{ readonly url: string; readonly close: () => Promise<void> }>,
) =>
  describe(`an erasure on two nodes in front of ${name}`, () => {
    const [anna, bert, cleo, dora] = [newUser(), newUser(), newUser(), newUser()]
    const directories = [newDirectory(), newDirectory()] as const
    let log: Awaited<ReturnType<typeof open>>
    let env: Readonly<Record<string, string>>
    let nodes: readonly [Service, OwnService]

    before(async () => {
      log = await open()
      env = { ...withPolicy(), EVENT_STORE: log.url }
      const both = { ...env, SEAL_KEY_FILE: `${directories[0]}/seal-key.pem` }
      nodes = [await startService(directories[0], both), await serveHere(directories[1], both)]
      for (const node of nodes) await node.ready()
      for (const webhook of [anna, cleo, dora].flatMap(endedLife)) await nodes[0].deliver(webhook)
      // One webhook about two of them: kept whole once.
      const [ofAnna, ofBert] = [personOf(anna), personOf(bert)]
      await nodes[1].deliver(
        users([
          { userId: anna, kycReview: '2', kycLevel: '2', userStatus: 'CANCELED', ...ofAnna },
          { userId: bert, kycReview: '1', kycLevel: '0', ...ofBert },
        ]),
      )
    })
    after(async () => {
      for (const node of nodes) await node.stop()
      await log.close()
    })

    const isGoneAt = (node: OwnService, userId: string): Promise<true> =>
      eventually('410', async () => {
        const response = await asked(node, 'shop', `/users/${userId}/kyc`)
        if (response.status !== 410) return null
        await expectProblem(response, 410, 'user-erased')
        return true
      })

    it('is known to both, and neither keeps or takes anything of the user', async () => {
      const told = await completed(nodes[0], anna, await requestAndConfirm(nodes[0], anna, BY))
      // His stream, and the webhook that was kept whole.
      expect(told.events).to.equal(4)
      for (const node of nodes) {
        await isGoneAt(node, anna)
        const response = await node.post(signed(validation(anna, {}, personOf(anna))))
        expect(await response.json()).to.deep.equal({ outcome: 'erased' })
        const text = await okText(
          await node.get('/events', { authorization: 'Bearer auditor', accept: 'application/x-ndjson' }),
        )
        for (const secret of Object.values(personOf(anna))) expect(text).to.not.include(secret)
        expect(await okText(await asked(node, 'auditor', `/users/${bert}/events`))).to.include(personOf(bert).lastname)
      }
      for (const directory of directories)
        await eventually('nothing is left', () =>
          filesWith(directory, Object.values(personOf(anna))).length === 0 ? true : null,
        )
    })

    it('has one confirmation where both are asked at once', async () => {
      const requested = await posted(nodes[0], 'legal', `/users/${cleo}/erasure`, { reason: 'over', ...BY })
      const { erasure } = (await requested.json()) as ErasureTold
      const answers = await Promise.all(
        nodes.map((node) => posted(node, 'judge', `/users/${cleo}/erasure/${erasure}/confirm`)),
      )
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 409])
      await completed(nodes[1], cleo, erasure)
      for (const node of nodes) await isGoneAt(node, cleo)
    })

    it('is brought to its end by the other node where the one that began is gone', async () => {
      const erasure = await requestAndConfirm(nodes[0], dora, BY)
      await nodes[0].kill()
      const told = await completed(nodes[1], dora, erasure)
      expect(told.events).to.equal(2)
      await isGoneAt(nodes[1], dora)
    })

    it('is the same to a node that begins from nothing, and to verify', async () => {
      const late = await readyHere(newDirectory(), { ...env, SEAL_KEY_FILE: `${directories[0]}/seal-key.pem` })
      for (const user of [anna, cleo, dora]) await isGoneAt(late, user)
      await late.stop()
      const verified = await kycHere(directories[1], ['verify'], env)
      expect(verified.code, verified.stdout + verified.stderr).to.equal(0)
    })
  })

erasureOnNodes('the protocol double', async () => {
  const double = await startEventStoreDb()
  return { url: double.connectionString, close: () => double.stop() }
})

const { EVENTSTORE_TEST_URL: realServer } = process.env
if (realServer === undefined)
  console.log('EVENTSTORE_TEST_URL is not set: an erasure was not tested with a real EventStoreDB')
else erasureOnNodes('a real EventStoreDB', async () => ({ url: realServer, close: async () => undefined }))
