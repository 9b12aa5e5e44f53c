import { expect } from 'chai'
import { newDirectory } from '../support/newDirectory.ts'
import { reconcile } from '../support/reconciling/reconciling.ts'
import { okText } from '../support/service/answers.ts'
import { startService } from '../support/service/service.ts'
import * as fault from '../support/treezorApi/faults.ts'
import { treezorApi } from '../support/treezorApi/treezorApi.ts'

/** What the provider tells of a person, who it is, and what opens its doors. */
const NEVER_TOLD = ['Firstname', 'Lastname', 'example.com', 'Inventee', '1980-02-29', '+336', 'jwt-', 'invented-secret']
/** An id of one of them, as a text or in a path: numbers of other things may look like one. */
const ID = /["/=]10000\d\d\b/

describe('a service that asks the provider', () => {
  it('tells its log nothing of whom it asks about, whatever goes wrong, and counts its requests', async () => {
    const api = await treezorApi({ users: 9 })
    const service = await startService(newDirectory(), { ...api.environment, LOG_LEVEL: 'trace' })
    try {
      await service.ready()
      for (const wrong of [fault.status(502), fault.cut]) api.fault('users', wrong)
      api.fault(
        'user',
        fault.otherwise(() => ({ users: [{ userId: 1, kycLevel: { birthday: '1980-02-29' } }] })),
      )
      for (const wrong of [fault.status(401), fault.status(403), fault.notJson]) api.fault('user', wrong)
      api.setUser(1_000_002, { kycReview: 'Firstname1000002 Lastname1000002 of Paris' })
      await reconcile(service, { kind: 'sweep' })
      await reconcile(service, { kind: 'users', users: ['1000000', '1000002', '7'] })
      const told = service.stdout() + service.stderr()
      for (const text of NEVER_TOLD) expect(told).to.not.contain(text)
      expect(told).to.not.match(ID)
      const metrics = await okText(await service.get('/metrics'))
      for (const line of [
        'asked="users",outcome="failing"} 1',
        'asked="users",outcome="no_answer"} 1',
        'asked="user",outcome="refused"} 2',
      ])
        expect(metrics).to.contain(`kyc_provider_requests_total{${line}`)
    } finally {
      await service.stop()
      await api.close()
    }
  })
})
