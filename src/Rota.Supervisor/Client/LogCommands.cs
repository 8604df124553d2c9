using Rota.Supervisor.Config;
using Rota.Supervisor.Processes;
using Rota.Supervisor.Rpc;

namespace Rota.Supervisor.Client;

/// <summary>`tail`, `maintail` and `fg`.</summary>
internal sealed class LogCommands(Controller controller, Terminal terminal)
{
    private const int DefaultBytes = 1600;
    private const string HowToEnd = "==> Press Ctrl-C to exit <==";

    public async Task TailAsync(string arguments)
    {
        if (!await controller.IsUpAsync())
            return;
        var words = PythonText.Words(arguments).ToList();
        if (words.Count is < 1 or > 3)
        {
            controller.SayWithHelp($"Error: too {(words.Count < 1 ? "few" : "many")} arguments", "tail");
            return;
        }
        var modifier = words[0].StartsWith('-') ? words[0] : null;
        if (modifier is not null)
            words.RemoveAt(0);
        if (words.Count == 0)
        {
            Fail("Error: tail requires process name");
            return;
        }
        var channel = words.Count == 1 ? "stdout" : words[^1].ToLowerInvariant();
        if (channel is not ("stdout" or "stderr"))
            Fail($"Error: bad channel {PythonText.Repr(channel)}");
        else if (modifier == "-f")
            await FollowAsync($"/logtail/{words[0]}/{channel}");
        else if (Bytes(modifier) is { } bytes)
            await ShowAsync(words[0], channel == "stdout" ? "readProcessStdoutLog" : "readProcessStderrLog",
                [words[0], -bytes, 0]);
    }

    public async Task MainTailAsync(string arguments)
    {
        if (!await controller.IsUpAsync())
            return;
        var words = PythonText.Words(arguments);
        if (words.Length > 1)
            controller.SayWithHelp("Error: too many arguments", "maintail");
        else if (words is ["-f"])
            await FollowAsync("/mainlogtail");
        else if (Bytes(words.FirstOrDefault()) is { } bytes)
            await ShowAsync("supervisord", "readLog", [-bytes, 0]);
    }

    /// <summary>Shows what a process writes and sends it what is typed, until Ctrl-C or the end of the input.</summary>
    public async Task ForegroundAsync(string arguments)
    {
        if (!await controller.IsUpAsync() || await ForegroundNameAsync(PythonText.Words(arguments)) is not { } name)
            return;
        controller.Say(HowToEnd);
        using var stop = new CancellationTokenSource();
        using var interrupted = terminal.OnInterrupt(stop.Cancel);
        var outputs = Task.WhenAll(PrintAsync($"/logtail/{name}/stdout", stop.Token),
            PrintAsync($"/logtail/{name}/stderr", stop.Token));
        try
        {
            while (await terminal.ReadLineAsync(stop.Token) is { } line && await SendAsync(name, line))
            {
            }
        }
        catch (OperationCanceledException)
        {
        }
        controller.Say("Exiting foreground");
        await stop.CancelAsync();
        await outputs;
    }

    private async Task<string?> ForegroundNameAsync(string[] names)
    {
        if (names.Length == 0)
            controller.SayWithHelp("ERROR: no process name supplied", "fg");
        else if (names.Length > 1)
            Fail("ERROR: too many process names supplied");
        else
            return await IsRunningAsync(names[0]) ? names[0] : null;
        return null;
    }

    private async Task<bool> IsRunningAsync(string name)
    {
        try
        {
            if ((await controller.Server.ProcessAsync(name)).State == ProcessState.Running)
                return true;
            Fail("ERROR: process not running");
        }
        catch (XmlRpcFault fault) when (fault.Code == (int)FaultCode.BadName)
        {
            Fail("ERROR: bad process name supplied");
        }
        catch (XmlRpcFault fault)
        {
            controller.Say($"ERROR: <Fault {fault.Code}: {PythonText.Repr(fault.Message)}>");
        }
        return false;
    }

    /// <summary>False when the process is gone.</summary>
    private async Task<bool> SendAsync(string name, string line)
    {
        try
        {
            await controller.Server.CallAsync("sendProcessStdin", name, line + "\n");
            if ((await controller.Server.ProcessAsync(name)).State == ProcessState.Running)
                return true;
            controller.Say("Process got killed");
        }
        catch (XmlRpcFault fault)
        {
            controller.Say(fault.Code == (int)FaultCode.NotRunning
                ? "Process got killed"
                : $"ERROR: <Fault {fault.Code}: {PythonText.Repr(fault.Message)}>");
        }
        return false;
    }

    private int? Bytes(string? modifier)
    {
        if (modifier is null)
            return DefaultBytes;
        if (modifier.StartsWith('-') && PythonText.ParseInt(modifier[1..]) is >= -int.MaxValue and <= int.MaxValue
            and var bytes)
            return (int)bytes;
        Fail($"Error: bad argument {modifier}");
        return null;
    }

    private async Task ShowAsync(string name, string method, object[] arguments)
    {
        try
        {
            controller.Say(await controller.Server.TextAsync(method, arguments));
        }
        catch (XmlRpcFault fault)
            when ((FaultCode)fault.Code is FaultCode.NoFile or FaultCode.Failed or FaultCode.BadName)
        {
            Fail($"{name}: ERROR ({(FaultCode)fault.Code switch
            {
                FaultCode.NoFile => "no log file",
                FaultCode.Failed => "unknown error reading log",
                _ => "no such process name",
            }})");
        }
    }

    private async Task FollowAsync(string path)
    {
        controller.Say(HowToEnd);
        using var stop = new CancellationTokenSource();
        using var interrupted = terminal.OnInterrupt(stop.Cancel);
        await PrintAsync(path, stop.Token);
        if (stop.IsCancellationRequested)
            controller.Say("");
    }

    /// <summary>Prints a log as it grows, until cancelled or the server closes. What goes wrong is said on standard
    /// error.</summary>
    private async Task PrintAsync(string path, CancellationToken stop)
    {
        var url = controller.Options.Server.Url + path;
        try
        {
            using var connection = await ServerConnection.OpenAsync(controller.Options.Server, stop);
            using var cancelled = stop.Register(connection.Dispose);
            var (status, _, headers) = await connection.SendAsync("GET", path, [], stop);
            if (status != 200)
            {
                terminal.Complain($"{url} Cannot read, status code {status}");
                return;
            }
            await foreach (var text in connection.TextAsync(headers))
                terminal.Print(text);
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
        }
        catch (Exception error) when (error is IOException or ClientError or RefusedException or NoSocketException)
        {
            terminal.Complain($"{url} Cannot connect, error: {error.Message}");
        }
    }

    private void Fail(string message)
    {
        controller.Say(message);
        controller.Status = ExitStatus.Generic;
    }
}
