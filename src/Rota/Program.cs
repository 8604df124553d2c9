using System.Runtime.InteropServices;
using Rota.Commands;
using Rota.Plugins;
using Rota.Supervisor.Daemon;

// A supervisor lives for months beside what it watches: nothing of the server is loaded for it.
if (CalledAs.Find(args) is { } supervisor)
    return await supervisor();

// Not a command for people: the server starts it for each plug-in, and nothing else is to be loaded for it.
if (args is [HostParts.CompileVerb, .. var files])
    return PluginCompiler.Run(files);

var terminal = Terminal.OfProcess();
using var stop = new CancellationTokenSource();
// The first Ctrl-C or SIGTERM asks; the second, and the first at a question, ends the process as the system does.
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Ask);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ask);
return await RotaCommand.RunAsync(args, terminal, stop.Token);

void Ask(PosixSignalContext context)
{
    context.Cancel = !stop.IsCancellationRequested && !terminal.IsAsking;
    stop.Cancel();
}
