import { clusterDaemons, openCluster, startCluster } from './cluster.ts'

const [verb = '', name = 'dev'] = process.argv.slice(2)
if (!/^[a-z]{1,6}$/.test(name) || !['up', 'down', 'status'].includes(verb)) {
  process.stderr.write(
    'usage: test/testbed/cluster up|down|status [NAME]   NAME: 1 to 6 lower-case letters, default dev\n',
  )
  process.exit(2)
}

const tell = (text: string): void => void process.stdout.write(`${text}\n`)

if (verb === 'up') {
  const cluster = (await openCluster(name)) ?? (await startCluster(name))
  tell(`export KUBECONFIG=${cluster.kubeconfig}`)
  tell(`image: ${cluster.image}`)
} else if (verb === 'down') {
  const cluster = await openCluster(name)
  if (cluster === null) tell(`there is no cluster ${name}`)
  else await cluster[Symbol.asyncDispose]()
} else {
  const cluster = await openCluster(name)
  if (cluster === null) tell(`there is no cluster ${name}`)
  else {
    for (const { name: daemon, pid, running } of await clusterDaemons(name))
      tell(`${running ? 'runs ' : 'ended'} ${pid} ${daemon}`)
    tell(await cluster.kubectl('get', 'nodes,pods', '--all-namespaces', '-o', 'wide'))
  }
}
