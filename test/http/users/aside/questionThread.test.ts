import { EventEmitter } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { expect } from 'chai'
import { pino } from 'pino'
import { NO_CORRECTIONS } from '../../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../../domain/identifiers.ts'
import { askAside } from '../../../../src/http/users/aside/askAside.ts'
import { streamOf } from '../../../../src/ledger/streams.ts'
import { growTree } from '../../../../src/sealing/growTree.ts'
import { openTree } from '../../../../src/tree/openTree.ts'
import { instant } from '../../../support/events/storedEvents.ts'
import { alterEvent, textsOf } from '../../../support/logs/alteredLog.ts'
import { newDirectory } from '../../../support/newDirectory.ts'
import { newCast, openPipeline } from '../../../support/pipeline/pipeline.ts'
import { IDENTITY } from '../../../support/tree/trees.ts'
import { user as userWebhook } from '../../../support/webhooks/plainWebhooks.ts'

const RECORDED_AT = instant('2025-01-01T00:00:00Z')

describe('a thread that answers questions about users', () => {
  it('holds what it reads against the tree, keeps it until it is told to forget it, and comes to nothing where the tree is damaged', async () => {
    const pipeline = await openPipeline()
    const directory = join(newDirectory(), 'tree')
    const aside = askAside({
      projected: () => ({ eventStore: { kind: 'sqlite', file: pipeline.file }, identity: IDENTITY, tree: directory }),
      isTrusted: () => true,
      log: pino({ level: 'silent' }),
      keptIsOther: () => undefined,
      long: 0,
    })
    try {
      const userId = newCast().user as UserId
      const webhook = JSON.stringify(userWebhook('2', '2024-06-01T12:00:00.000Z'))
      await pipeline.deliver(JSON.parse(webhook.replaceAll('"42"', `"${userId}"`)), RECORDED_AT)
      const tree = openTree(directory, IDENTITY)
      await growTree(pipeline.store, tree)
      tree.save()
      tree.close()
      const status = async (): Promise<'told' | null> => {
        const res = Object.assign(new EventEmitter(), { closed: false }) as unknown as ServerResponse
        const asked = { userId, last: 0, orphans: [], readModel: null, asOf: null, knownAt: null }
        return (await aside.status(res, asked, NO_CORRECTIONS)) === null ? null : 'told'
      }
      const [{ metadata = '' } = {}] = textsOf(pipeline.file, streamOf(userId))
      const alter = (): void => {
        const earlier = metadata.replace('"recordedAt":"2025', '"recordedAt":"2024')
        expect(earlier).not.to.equal(metadata)
        alterEvent(pipeline.file, streamOf(userId), 0, { metadata: earlier })
      }
      expect(await status()).to.equal('told')
      for (const whose of [userId, null]) {
        alter()
        expect(await status()).to.equal('told')
        aside.forget(whose)
        expect(await status()).to.equal(null)
        alterEvent(pipeline.file, streamOf(userId), 0, { metadata })
        expect(await status()).to.equal('told')
      }
      aside.forget(null)
      writeFileSync(join(directory, 'head'), '{')
      expect(await status()).to.equal(null)
    } finally {
      await aside.close()
      await pipeline.close()
    }
  })
})
