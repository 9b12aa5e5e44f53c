import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { textForClient } from '../../../../src/eventStore/esdb/client/clientSettings.ts'
import { readConnectionString } from '../../../../src/eventStore/esdb/client/connectionString.ts'
import { openEsdbEventStore } from '../../../../src/eventStore/esdb/esdbEventStore.ts'
import { left, right } from '../../../support/right.ts'

const forClient = (text: string): string => textForClient(right(readConnectionString(text)), 1)

describe('a connection string of EventStoreDB', () => {
  it('is taken with one host, with several, and with discovery', () => {
    expect(forClient('esdb://localhost')).to.match(/^esdb:\/\/localhost\?/)
    expect(forClient('esdb://a:2111,b:2112,c/?tls=false')).to.match(/^esdb:\/\/a:2111,b:2112,c\?.*&tls=false/)
    expect(forClient('esdb+discover://cluster.example:2113')).to.match(/^esdb\+discover:\/\/cluster\.example:2113\?/)
    expect(forClient('esdb+discover://u:p@a,b:2114')).to.match(/^esdb:\/\/u:p@a,b:2114\?/)
  })

  it('is taken under the newer name of the server', () => {
    expect(forClient('kurrentdb://a')).to.equal(forClient('esdb://a'))
    expect(forClient('kurrentdb+discover://a')).to.equal(forClient('esdb+discover://a'))
  })

  it('may name every option of the client, in any spelling the client takes', () => {
    const text = forClient(
      'esdb://u:p%40ss@a?tls=true&TLS-CA-File=ca.pem&userCertFile=a&userKeyFile=b&node_preference=read_only_replica' +
        '&maxDiscoverAttempts=2&discoveryInterval=5&gossipTimeout=3&keepAliveInterval=20000&keepAliveTimeout=9000' +
        '&defaultDeadline=1000&connectionName=kyc&throwOnAppendFailure=true&tlsVerifyCert=true',
    )
    expect(text).to.match(/^esdb:\/\/u:p%40ss@a\?gossipTimeout=3&/)
    for (const part of ['tlsCAFile=ca.pem', 'nodePreference=read_only_replica', 'connectionName=kyc']) {
      expect(text).to.contain(part)
    }
  })

  it('never switches the exceptions of the client off', () => {
    expect(forClient('esdb://a?throwOnAppendFailure=false')).not.to.contain('throwOnAppendFailure')
  })

  it('goes to the leader when a node has named it', () => {
    const parts = right(readConnectionString('esdb+discover://u:p@cluster?tls=true'))
    const text = textForClient(parts, 1, { address: '10.0.0.7', port: 2114 })
    expect(text).to.match(/^esdb:\/\/u:p@10\.0\.0\.7:2114\?.*tls=true/)
  })

  it('differs from client to client, so that no two share a connection', () => {
    const parts = right(readConnectionString('esdb://a'))
    expect(textForClient(parts, 1)).not.to.equal(textForClient(parts, 2))
    const without = right(readConnectionString('esdb://a?keepAliveInterval=-1'))
    expect(textForClient(without, 2)).to.contain('keepAliveInterval=-1')
  })

  const FAULTY = [
    'esdb:/admin:hunter2@a',
    'esdb://admin:hunter2:x@a',
    'esdb://admin:hunter2@',
    'esdb://admin:hunter2%@a',
    'esdb://admin:hun?ter2@a',
    'esdb://admin:hunter2@a:port',
    'esdb://admin:hunter2@a?hunter2=1',
    'esdb://admin:hunter2@a?tls',
    'esdb://admin:hunter2@a?tls=hunter2',
    'esdb://admin:hunter2@a?gossipTimeout=hunter2',
    'esdb://admin:hunter2@a?nodePreference=hunter2',
    'esdb://admin:hunter2@a?tlsVerifyCert=false',
  ]
  for (const text of FAULTY) {
    it(`is refused without a word of its values: ${text}`, () => {
      const fault = left(readConnectionString(text))
      expect(fault).not.to.match(/hun|ter2|admin/)
    })
  }

  it('names a certificate file that is not there when the store is opened', async () => {
    const opened = await openEsdbEventStore({ connectionString: 'esdb://u:secret@a?tlsCAFile=missing.pem' })()
    expect(E.isLeft(opened)).to.equal(true)
    expect(left(opened).reason)
      .to.match(/certificate file/)
      .and.not.match(/secret/)
  })
})
