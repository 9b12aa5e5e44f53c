import { expect } from 'chai'
import { DRIFT_KINDS } from '../../domain/answer/drift.ts'
import { JOURNAL_REASONS } from '../../src/journal/entry.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { type OwnService, readyHere, sharedService } from '../support/service/service.ts'
import { badlySigned, newUser, request, validation } from '../support/webhooks/webhookBuilders.ts'

describe('the metrics', () => {
  const service = sharedService()
  const metrics = async (): Promise<ReadonlyMap<string, number>> => {
    const text = await (await service().get('/metrics')).text()
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
    )
  }

  /** What costs much to find out is told as it was a while ago: asked until it is told. */
  const until = (name: string, value: number): Promise<ReadonlyMap<string, number>> =>
    eventually(`${name} ${value}`, async () => {
      const now = await metrics()
      return now.get(name) === value ? now : null
    })

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
    // Of endpoints there are as many values as are set, and none are.
    const ofEndpoints = 'kyc_webhooks_out_'
    for (const name of labelled.filter((one) => !one?.startsWith(ofEndpoints)))
      expect(text, name).to.match(new RegExp(`^${name}(\\{.*\\})? 0$`, 'm'))
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
    const after = await until('kyc_journal_deliveries{reason="signature",state="open"}', 1)
    expect(after.get('kyc_journal_bytes')).to.equal(Buffer.byteLength(body))
    expect(after.get('kyc_journal_oldest_timestamp_seconds')).to.be.within(since - 1, Date.now() / 1000 + 1)
    expect(after.get('kyc_deliveries_total{outcome="NotVerified"}')).to.equal(1)
  })

  it('time requests by the pattern of their path, deliveries by what they came to, and the way from one to the other', async () => {
    const before = await metrics()
    const user = newUser()
    await service().deliver(request(user))
    await service().kyc(user)
    await service().post(badlySigned(request(newUser())))
    await (await service().get('/nothing/here')).text()
    const risen = async (name: string, by: number): Promise<void> =>
      void (await eventually(name, async () => {
        const rise = ((await metrics()).get(name) ?? 0) - (before.get(name) ?? 0)
        return rise >= by ? true : null
      }))
    const requests = (method: string, route: string, status: string): string =>
      `kyc_http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"}`
    await risen(requests('GET', '/users/{userId}/kyc', '2xx'), 1)
    await risen(requests('POST', '/webhooks/treezor', '2xx'), 1)
    await risen(requests('POST', '/webhooks/treezor', '5xx'), 1)
    await risen(requests('GET', 'none', '4xx'), 1)
    await risen('kyc_delivery_duration_seconds_count{outcome="appended"}', 1)
    await risen('kyc_delivery_duration_seconds_count{outcome="refused"}', 1)
    await risen('kyc_append_duration_seconds_count{result="appended"}', 1)
    await risen('kyc_log_commit_duration_seconds_count', 1)
    await risen('kyc_projection_lag_seconds_count', 1)
    await risen('kyc_event_loop_delay_seconds_count', 1)
  })

  it('leave out what lasts as long as somebody looks', async () => {
    const live = await service().get('/changes', { accept: 'text/event-stream' })
    await live.body?.cancel()
    await (await service().get('/changes')).text()
    await eventually('the page is timed', async () =>
      (await metrics()).get('kyc_http_request_duration_seconds_count{method="GET",route="/changes",status="2xx"}') === 1
        ? true
        : null,
    )
    const routes = [...(await metrics()).keys()].filter((name) => name.includes('route="/changes"'))
    expect(routes.filter((name) => name.includes('broken-off'))).to.deep.equal([])
  })

  it('tell how users stand, and since when one has been waiting', async () => {
    const since = Date.parse('2025-03-01T00:00:00Z') / 1000
    const user = newUser()
    const before = await metrics()
    await service().deliver(request(user, { createdAt: since * 10_000 }))
    await service().kyc(user)
    const pending = 'kyc_users{status="pending"}'
    const now = await until(pending, (before.get(pending) ?? 0) + 1)
    await eventually('how many wait for long, and since when', async () => {
      const told = await metrics()
      const [long = 0, drifting, oldest = 0] = [
        'kyc_users_pending_long',
        'kyc_drift_users{kind="pending-long"}',
        'kyc_oldest_pending_timestamp_seconds',
      ].map((name) => told.get(name))
      return long > 0 && long === drifting && oldest > 0 && oldest <= since ? true : null
    })
    for (const kind of DRIFT_KINDS) expect(now.get(`kyc_drift_users{kind="${kind}"}`), kind).to.be.at.least(0)
    expect(now.get('kyc_last_verified_webhook_timestamp_seconds')).to.be.within(
      Date.now() / 1000 - 120,
      Date.now() / 1000 + 1,
    )
    await service().deliver(validation(user, { createdAt: since * 10_000 + 1 }))
    await service().kyc(user)
    await until(pending, before.get(pending) ?? 0)
  })

  it('tell of files, of the room that is left, and of the clock', async () => {
    const now = await metrics()
    for (const database of ['log', 'read_model', 'journal'])
      expect(now.get(`kyc_database_bytes{database="${database}"}`), database).to.be.greaterThan(4095)
    expect(now.get('kyc_database_wal_bytes{database="log"}')).to.be.greaterThan(0)
    for (const holds of ['data', 'log'])
      expect(now.get(`kyc_disk_free_bytes{holds="${holds}"}`)).to.be.within(
        1,
        now.get(`kyc_disk_size_bytes{holds="${holds}"}`) ?? 0,
      )
    expect(now.get('kyc_clock_timestamp_seconds')).to.be.within(Date.now() / 1000 - 60, Date.now() / 1000 + 1)
  })
})

describe('when a webhook last came, after a restart', () => {
  it('is when the newest event was recorded, until another one comes', async () => {
    const directory = newDirectory()
    const last = async (service: OwnService): Promise<number> =>
      Number(
        /^kyc_last_verified_webhook_timestamp_seconds (\S+)$/m.exec(await (await service.get('/metrics')).text())?.[1],
      )
    const first = await readyHere(directory)
    await first.deliver(request(newUser()))
    const told = await last(first)
    await first.stop()
    const again = await readyHere(directory)
    expect(await last(again)).to.be.within(told - 60, told + 5)
    await again.stop()
  })
})
