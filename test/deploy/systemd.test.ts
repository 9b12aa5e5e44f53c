import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { newDirectory } from '../support/newDirectory.ts'

const ROOT = new URL('../../', import.meta.url).pathname
const UNIT = readFileSync(join(ROOT, 'deploy/systemd/kyc-ledger.service'), 'utf8')
/** What systemd makes of it at most, of 10: what it cannot be without is to listen and to ask over the network, and to compile. */
const EXPOSURE = 1.5

const values = (name: string): readonly string[] =>
  [...UNIT.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value)
const variables = (): ReadonlyMap<string, string> =>
  new Map(values('Environment').flatMap((line) => line.split(' ').map((one) => one.split('=') as [string, string])))

describe('the unit for systemd', () => {
  it('gives the service the time to stop that it needs, and does not start it again where its configuration is wrong', () => {
    expect(Number(values('TimeoutStopSec')[0])).to.be.at.least(5 + 10)
    expect(values('RestartPreventExitStatus')).to.deep.equal(['2'])
  })

  it('runs it as a user of its own, without rights, in a file system that it may not write but for its directory', () => {
    const [user = ''] = values('User')
    const made = readFileSync(join(ROOT, 'deploy/systemd/kyc-ledger.sysusers'), 'utf8')
    expect(made).to.match(new RegExp(`^u ${user} - `, 'm'))
    expect(values('Group')).to.deep.equal([user])
    expect(user).to.not.equal('root').and.not.equal('')
    for (const name of ['CapabilityBoundingSet', 'AmbientCapabilities']) expect(values(name)).to.deep.equal([''])
    expect([values('NoNewPrivileges'), values('ProtectSystem')]).to.deep.equal([['yes'], ['strict']])
    expect(variables().get('DATA_DIR')).to.equal(`/var/lib/${values('StateDirectory')[0]}`)
  })

  it('sets variables that the service reads, and no secret', () => {
    const documented = readFileSync(join(ROOT, 'docs/api.md'), 'utf8')
    for (const name of variables().keys()) if (name !== 'NODE_ENV') expect(documented).to.include(`\`${name}\``)
    expect([...variables().keys()])
      .to.not.include.members(['API_KEYS'])
      .and.not.include('TREEZOR_WEBHOOK_SECRET')
  })

  it('has what is read anew read where it is: a credential of systemd stays as it was at the start', () => {
    expect(values('ExecReload')).to.deep.equal(['/bin/kill -HUP $MAINPID'])
    for (const name of ['TREEZOR_WEBHOOK_SECRET_FILE', 'API_KEYS_FILE'])
      expect(variables().get(name)).to.match(/^\/etc\/kyc-ledger\//)
    expect(variables().get('SEAL_KEY_FILE')).to.equal('%d/seal-key.pem')
    expect(values('LoadCredential')).to.deep.equal(['seal-key.pem:/etc/kyc-ledger/seal-key.pem'])
  })

  const analyze = (...words: readonly string[]) => spawnSync('systemd-analyze', words, { encoding: 'utf8' })
  if (analyze('--version').status !== 0)
    console.log('systemd-analyze is not installed: the unit is not looked at by it')
  else
    it('is understood by systemd, which finds nothing left open but what it needs', () => {
      const unit = join(newDirectory(), 'kyc-ledger.service')
      // Where this is tried from, instead of where it is installed.
      const here = UNIT.replaceAll('/usr/bin/node', process.execPath).replaceAll(
        '/opt/kyc-ledger',
        ROOT.replace(/\/$/, ''),
      )
      writeFileSync(unit, here)
      const verified = analyze('verify', '--man=no', unit)
      expect(verified.stderr).to.equal('')
      expect(verified.status).to.equal(0)
      const security = analyze('security', '--offline=true', '--no-pager', unit)
      const [, exposure] = /exposure level for \S+: ([\d.]+)/.exec(security.stdout) ?? []
      expect(Number(exposure), security.stdout).to.be.at.most(EXPOSURE)
      writeFileSync(unit, here.replace('CapabilityBoundingSet=', 'NoSuchDirective='))
      expect(analyze('verify', '--man=no', unit).stderr).to.include('NoSuchDirective')
    })
})
