// corba.js as a server that checks GSSUP: node corbajs_server.mjs CORBA-JS USER PASSWORD-FILE
// "ready HOST:PORT KEY", the key in hexadecimal digits; then a line "evidence ..." for each check.
import { readFileSync } from 'node:fs'

const [folder, user, file] = process.argv.slice(2)
const { ORB, Skeleton, AuthenticationStatus } = await import(`${folder}/lib/src/orb/index.js`)
const { TcpProtocol } = await import(`${folder}/lib/src/net/tcp.js`)
const password = readFileSync(file, 'utf8').split('\n')[0]
let caller = ''

class Echo extends Skeleton {
    static _idlClassName() {
        return 'troth/Echo'
    }
    async _orb_whoami(decoder, encoder) {
        for (const word of [caller, caller, 'gssup'])
            encoder.string(word)
        caller = ''
    }
    async _orb_echo(decoder, encoder) {
        encoder.blob(decoder.blob())
    }
}

const orb = new ORB()
const protocol = new TcpProtocol()
orb.addProtocol(protocol)
orb.setIncomingAuthenticator((connection, context) => {
    const token = context.clientAuthenticationToken
    const good = token?.user === user && token?.password === password
    console.log('evidence', context.clientContextId, good ? 'good' : 'bad', token ? token.user : 'none')
    caller = good ? token.user : ''
    return good ? AuthenticationStatus.SUCCESS : AuthenticationStatus.ERROR_BADPASSWORD
})
const servant = new Echo(orb)
protocol.listen(orb, '127.0.0.1', 0)
protocol.serverSocket.once('listening', () => {
    const key = [...servant.id].map((x) => x.toString(16).padStart(2, '0')).join('')
    console.log('ready', `127.0.0.1:${protocol.serverSocket.address().port}`, key)
})
