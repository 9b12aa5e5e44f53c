import { expect } from 'chai'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import type { KycStatus } from '../support/service/answers.ts'
import { kyc } from '../support/service/kyc.ts'
import { startService } from '../support/service/service.ts'
import { newUser, refusal, request, validation } from '../support/webhooks/webhookBuilders.ts'

const PRELOADED = new URL('../support/service/failingFold.ts', import.meta.url).href

describe('a version that fails on the events of one user', () => {
  it('is certain of all others, says where it fails and of what he is nothing, also after a replay', async () => {
    const [bad, good] = [newUser(), newUser()]
    const env = { NODE_OPTIONS: `--import=${PRELOADED}`, FAILING_USER: bad }
    let service = await startService(newDirectory(), env)
    await service.deliver(validation(bad))
    await service.deliver(validation(good))
    for (const query of ['', '?asOf=2100-01-01T00:00:00Z']) {
      const unknown = await eventually('it is projected', async () => {
        const response = await service.get(`/users/${bad}/kyc${query}`)
        return response.status === 200 ? ((await response.json()) as KycStatus) : null
      })
      expect(unknown).to.include({ status: 'unknown', verified: false })
      expect(unknown.anomalies.map(({ kind }) => kind)).to.deep.equal(['unreadable-event'])
    }
    expect(await service.events(bad)).to.have.length(1)
    expect(await service.kyc(good)).to.include({ status: 'validated' })
    await service.ready()
    await service.deliver(refusal(good))
    await service.deliver(request(bad))
    expect(await service.kyc(good)).to.include({ status: 'refused', events: 2 })
    expect(await service.kyc(bad)).to.include({ status: 'unknown', revision: 1 })

    await service.says('nothing is certain about a user')
    const line =
      service
        .stdout()
        .split('\n')
        .find((one) => one.includes('nothing is certain about a user')) ?? ''
    expect(JSON.parse(line)).to.include({ level: 50, stream: `kyc-${bad}`, kind: 'unreadable-event' })
    expect(line)
      .to.match(/"reason":"RangeError at evolveAll /)
      .and.not.include('Invalid time value')
    const metrics = await (await service.get('/metrics')).text()
    expect(metrics).to.include('kyc_users_uncertain{kind="unreadable-event"} 1')
    expect(metrics).to.include('kyc_uncertain_answers_total{kind="unreadable-event"} 1')

    const replayed = await kyc(service.directory, ['replay'], env)
    expect(replayed, replayed.stderr).to.include({ code: 0 })
    expect(replayed.stdout).to.include('the rebuilt read model is the same, row by row')
    expect(replayed.stderr).to.include(`kyc-${bad}: unreadable-event`)
    await service.stop()
    service = await startService(service.directory, env)
    await service.ready()
    expect(await service.kyc(bad)).to.include({ status: 'unknown' })
    await service.stop()
  })
})
