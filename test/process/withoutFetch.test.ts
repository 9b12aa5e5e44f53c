import { expect } from 'chai'
import { newDirectory } from '../support/newDirectory.ts'
import { startService } from '../support/service/service.ts'
import { newUser, request } from '../support/webhooks/webhookBuilders.ts'

/** Each thread that ends by itself says whether it has loaded what Node fetches with. */
const SAYING = `process.on('exit', () => {
  const hasFetch = process.moduleLoadList.some((one) => one.includes('undici'))
  process._rawDebug(hasFetch ? 'with fetch' : 'without fetch')
})`

describe('a service', () => {
  it('has not loaded fetch, in no thread: that is as long as a tenth of its start', async () => {
    const service = await startService(newDirectory(), {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(SAYING)}`,
    })
    await service.ready()
    await service.deliver(request(newUser()))
    await service.projected()
    await service.stop()
    expect(service.stderr()).to.include('without fetch').and.not.to.include('with fetch')
  })
})
