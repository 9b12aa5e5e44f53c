import { expect } from 'chai'
import { JOURNAL_REASONS } from '../../src/journal/entry.ts'
import { sharedService } from '../support/service/service.ts'
import { badlySigned, newUser, request } from '../support/webhooks/webhookBuilders.ts'

describe('the metrics', () => {
  const service = sharedService()
  const metrics = async (): Promise<ReadonlyMap<string, number>> => {
    const text = await (await service().get('/metrics')).text()
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
    )
  }

  it('hold every outcome of a delivery from the start, so that an alert on any of them can fire', async () => {
    const now = await metrics()
    for (const outcome of [
      'Appended',
      'Duplicate',
      'Ignored',
      'Noted',
      'NotAWebhook',
      'NotVerified',
      'NotStored',
      'TooLarge',
      'NotDecodable',
      'BrokenOff',
      'Failed',
    ]) {
      expect(now.get(`kyc_deliveries_total{outcome="${outcome}"}`), outcome).to.equal(0)
    }
  })

  it('hold every counter that has labels, with each of its values, from the start', async () => {
    const text = await (await service().get('/metrics')).text()
    const labelled = [...text.matchAll(/^# TYPE (kyc_\w+) counter$/gm)].map(([, name]) => name)
    expect(labelled).to.include.members([
      'kyc_deliveries_total',
      'kyc_unattributed_total',
      'kyc_log_lines_dropped_total',
    ])
    for (const name of labelled) expect(text, name).to.match(new RegExp(`^${name}(\\{.*\\})? 0$`, 'm'))
  })

  it('tell what waits in the journal: how much of each reason, how large, and since when', async () => {
    const before = await metrics()
    for (const reason of JOURNAL_REASONS) {
      for (const state of ['open', 'done']) {
        expect(before.get(`kyc_journal_deliveries{reason="${reason}",state="${state}"}`), reason).to.equal(0)
      }
    }
    expect(before.get('kyc_journal_bytes')).to.equal(0)
    expect(before.get('kyc_journal_oldest_timestamp_seconds')).to.equal(0)

    const body = badlySigned(request(newUser()))
    const since = Date.now() / 1000
    await service().post(body)
    const after = await metrics()
    expect(after.get('kyc_journal_deliveries{reason="signature",state="open"}')).to.equal(1)
    expect(after.get('kyc_journal_bytes')).to.equal(Buffer.byteLength(body))
    expect(after.get('kyc_journal_oldest_timestamp_seconds')).to.be.within(since - 1, Date.now() / 1000 + 1)
    expect(after.get('kyc_deliveries_total{outcome="NotVerified"}')).to.equal(1)
  })
})
