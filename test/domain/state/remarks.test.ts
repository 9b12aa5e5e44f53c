import { expect } from 'chai'
import { objectIdAgrees } from '../../../domain/state/remarks.ts'
import { interpret } from '../../../domain/treezor/interpretation.ts'
import type { Statement } from '../../../domain/treezor/statement.ts'
import { webhookOf } from '../../../domain/treezor/webhook.ts'
import type { WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'
import { day, document, liveness } from '../../support/webhooks/plainWebhooks.ts'

const said = (webhook: WebhookJson): readonly Statement[] => interpret(webhookOf(webhook)).statements

describe('the object_id of a webhook', () => {
  it('agrees with any of what its payload speaks of, and where nothing can be compared', () => {
    const documents = ['801', '802'].flatMap((id) => said(document(id, 'PENDING', day(1))))
    const unnamed = said(liveness('liveness-a', 'processing', 0, day(1)))
    expect(['801', '802', '803', null].map((id) => objectIdAgrees(id, documents))).to.deep.equal([
      true,
      true,
      false,
      true,
    ])
    expect([objectIdAgrees('803', []), objectIdAgrees('803', [...documents, ...unnamed])]).to.deep.equal([true, true])
  })
})
