import { expect } from 'chai'
import { readWitnessConfig } from '../../src/witness/witnessConfig.ts'
import { left, right } from '../support/right.ts'
import { newSealKey } from '../support/seals/sealing.ts'

const LOG = newSealKey('log.example/1')
const OTHER = newSealKey('log.example/2')
const NAMED = { WITNESS_NAME: 'witness.example/1', WITNESS_LOGS: LOG.keys[0] }

describe('the configuration of a witness', () => {
  it('needs a name and the keys of logs', () => {
    const { logs, ...config } = right(readWitnessConfig(NAMED))
    expect(config).to.deep.equal({
      host: '127.0.0.1',
      port: 3100,
      logLevel: 'info',
      directory: 'witness',
      keyFile: 'witness/witness-key.pem',
      name: 'witness.example/1',
    })
    expect([...logs.keys()]).to.deep.equal(['log.example/1'])
  })

  it('takes several keys of one log, and several logs', () => {
    const { logs } = right(
      readWitnessConfig({ ...NAMED, WITNESS_LOGS: `${LOG.keys.join(',')},\n ${OTHER.keys.join(' ')}` }),
    )
    expect([...logs].map(([origin, keys]) => [origin, keys.length])).to.deep.equal([
      ['log.example/1', 2],
      ['log.example/2', 2],
    ])
  })

  it('names every fault at the same time, and repeats no value', () => {
    const faults = left(
      readWitnessConfig({
        PORT: 'x',
        LOG_LEVEL: 'loud',
        WITNESS_NAME: 'two words',
        WITNESS_LOGS: `${LOG.keys[0]},some`,
      }),
    )
    expect(faults.map((fault) => fault.split(' ')[0])).to.deep.equal([
      'PORT:',
      'LOG_LEVEL:',
      'WITNESS_NAME:',
      'WITNESS_LOGS:',
    ])
    expect(faults[3]).to.include('entry 2')
    expect(faults.join()).to.not.include('two words').and.to.not.include('loud')
    expect(left(readWitnessConfig({}))).to.have.length(2)
  })

  it('refuses names that cannot be signed: they are longer than 255 bytes', () => {
    const long = newSealKey('é'.repeat(128)).keys[0]
    expect(left(readWitnessConfig({ ...NAMED, WITNESS_LOGS: long }))).to.have.length(1)
    expect(left(readWitnessConfig({ ...NAMED, WITNESS_NAME: 'é'.repeat(128) }))).to.have.length(1)
  })
})
