// corba.js as a client that logs on by GSSUP: node corbajs_client.mjs CORBA-JS PORT KEY USER PASSWORD-FILE TARGET OPERATION...
// One line for each operation: "OPERATION result ..." or "OPERATION error ...".
import { readFileSync } from 'node:fs'

const [folder, port, key, user, file, target, ...operations] = process.argv.slice(2)
const { ORB, Stub, GSSUPInitialContextToken } = await import(`${folder}/lib/src/orb/index.js`)
const { TcpProtocol } = await import(`${folder}/lib/src/net/tcp.js`)

class Echo extends Stub {
    whoami() {
        return this.orb.twowayCall(this, 'whoami', () => { }, (d) => [d.string(), d.string(), d.string()].join(' '))
    }
    echo(octets) {
        return this.orb.twowayCall(this, 'echo', (e) => e.blob(octets), (d) => {
            const back = d.blob()
            return back.length === octets.length && back.every((x, i) => x === octets[i]) ? back.length : 'other octets'
        })
    }
    other(name) {
        return this.orb.twowayCall(this, name, () => { }, () => '')
    }
}

const orb = new ORB()
orb.addProtocol(new TcpProtocol())
if (user) {
    const password = readFileSync(file, 'utf8').split('\n')[0]
    orb.setOutgoingAuthenticator(() => new GSSUPInitialContextToken(user, password, target))
}
const connection = await orb.getConnection('127.0.0.1', Number(port))
const stub = new Echo(orb, new TextEncoder().encode(key), connection)
for (const operation of operations) {
    const [name, n] = operation.split(':')
    try {
        const result = name === 'whoami' ? stub.whoami() : name === 'echo' ? stub.echo(new Uint8Array(Number(n)).fill(7)) : stub.other(name)
        console.log(operation, 'result', await Promise.race([result, new Promise((_, no) => setTimeout(() => no('no answer'), 5000))]))
    } catch (e) {
        console.log(operation, 'error', e.constructor?.name ?? '', String(e.message ?? e) || e.toString(), e.minor ?? '', e.completed ?? '')
    }
}
process.exit(0)
