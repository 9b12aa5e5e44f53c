import { expect } from 'chai'
import { readWitnesses } from '../../src/config/witnesses.ts'
import { ED25519, formatVerifierKey, verifierKey } from '../../src/tlog/keys.ts'
import { left, right } from '../support/right.ts'
import { newSealKey, newWitness } from '../support/seals/sealing.ts'

const ONE = newWitness('witness.example/1').verifier
const TWO = newWitness('witness.example/2').verifier
const [LOG_KEY = '', LATER_KEY = ''] = newSealKey('log.example').keys
const [one, two] = [ONE, TWO].map(formatVerifierKey) as [string, string]

describe('WITNESSES', () => {
  it('names witnesses by a key and the URL where they take checkpoints', () => {
    const witnesses = right(readWitnesses(` ${one} https://one.example/w/ ,${two}\thttp://127.0.0.1:3100,`))
    expect(witnesses.map(({ name, url, keys }) => [name, url, keys.length])).to.deep.equal([
      ['witness.example/1', 'https://one.example/w', 1],
      ['witness.example/2', 'http://127.0.0.1:3100', 1],
    ])
    expect(right(readWitnesses(''))).to.deep.equal([])
  })

  it('takes several keys of one URL for those of one witness', () => {
    const [witness, ...more] = right(readWitnesses(`${one} https://one.example, ${LATER_KEY} https://one.example/`))
    expect(more).to.deep.equal([])
    expect(witness?.keys.map(({ type }) => type)).to.deep.equal([4, 6])
  })

  it('is refused with every fault of it, and no value', () => {
    const logOfType4 = verifierKey('log.example', ED25519, ONE.publicKey)
    const faults = left(
      readWitnesses(
        [
          one,
          'key https://one.example',
          `${one} one.example`,
          `${one} ftp://one.example`,
          `${one} https://me:secret@one.example`,
          `${one} https://one.example/?a=b`,
          `${one} https://one.example https://two.example`,
          `${LOG_KEY} https://one.example`,
          `${formatVerifierKey(logOfType4)} https://one.example`,
        ].join(','),
      ),
    )
    expect(faults.map((fault) => /^WITNESSES: entry (\d): .+/.exec(fault)?.[1])).to.deep.equal([...'123456789'])
    expect(faults.join()).to.not.include('secret')
  })
})
