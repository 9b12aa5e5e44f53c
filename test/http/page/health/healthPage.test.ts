import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { ingestChart } from '../../../../src/http/page/health/chart.ts'
import { newDirectory } from '../../../support/newDirectory.ts'
import { shownText } from '../../../support/page/shownText.ts'
import { HTML } from '../../../support/page/signedIn.ts'
import { eventually } from '../../../support/patience.ts'
import { sharedService } from '../../../support/service/service.ts'
import { badlySigned, newUser, request } from '../../../support/webhooks/webhookBuilders.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

describe('the page of health', () => {
  const endpoints = join(newDirectory(), 'webhooks-out.json')
  // From the beginning: what is told of here may come before an endpoint that is told from now on has begun.
  const closed = {
    name: 'payments',
    url: 'http://127.0.0.1:1/',
    secrets: [SECRET],
    from: 'beginning',
    allowPrivate: true,
  }
  writeFileSync(endpoints, JSON.stringify({ version: 1, endpoints: [closed] }))
  const service = sharedService({ SEAL_EVERY: '1', WEBHOOKS_OUT: endpoints })

  it('says how the service stands: readiness, what came in, stores, seals', async () => {
    const user = newUser()
    await service().deliver(request(user))
    await service().post(badlySigned(request(newUser())))
    const text = await eventually('a checkpoint, and an endpoint that is down', async () => {
      const page = await (await service().get('/health', HTML)).text()
      return page.includes('over ') && page.includes('down: ') ? page : null
    })
    expect(text).to.include('The service is ready')
    expect(text).to.match(/<dt>Event store<\/dt><dd>up<\/dd>/)
    expect(text).to.match(/<dt>Lag<\/dt><dd>(none|\d+ ms)/)
    expect(text).to.match(/Appended in the last 1 minute: 1; in the fullest minute: 1; in the present one: 1\./)
    expect(text).to.match(/<dt>Event log<\/dt><dd>a file, [\d.]+ [KM]iB<\/dd>/)
    expect(text).to.match(
      /reason=signature&amp;open=true"><span class="word">signature<\/span><\/a><\/th><td.*?<\/span>1<\/td><td.*?<\/span>0<\/td>/,
    )
    expect(text).to.match(/<dt>State<\/dt><dd>the log is sealed<\/dd>/)
    expect(text).to.match(/over \d+ events, recorded <time/)
    expect(shownText(text)).to.include(
      'payments State down: one webhook at a time is tried until one is taken Users to be told of 1 Delivered 0 Failed 1',
    )
    expect(text).not.to.include(SECRET)
    expect(text).not.to.include(user)
    expect(text).not.to.include(service().directory)
  })
})

describe('the chart of what came in', () => {
  it('has a line where something was counted, and says in words what it shows', () => {
    const shown = ingestChart([0, 12, 3]).toString()
    const words = 'Appended in the last 3 minutes: 15; in the fullest minute: 12; in the present one: 3.'
    expect(shown.split(words)).to.have.length(3)
    expect(/class="line" d="([^"]*)"/.exec(shown)?.[1]).to.equal('M57 60.0H58V0.0H59V45.0H60')
    expect(/class="line" d="([^"]*)"/.exec(ingestChart(Array.from({ length: 61 }, () => 1)).toString())?.[1]).to.match(
      /^M149 0\.0H150/,
    )
    const day = Array.from({ length: 1440 }, (_, minute) => (minute < 720 ? 0 : 10))
    expect(/class="line" d="M0 60\.0H1(V60\.0H\d+)*V0\.0H145/.test(ingestChart(day).toString())).to.equal(true)
    expect(ingestChart(day).toString()).to.include('in the last 24 hours: 7,200')
    expect(
      ingestChart(day)
        .toString()
        .match(/hours? ago|the last hour/g)?.length,
    ).to.be.greaterThan(23)
    expect(ingestChart([0]).toString()).to.include('1 minute: 0')
  })
})
