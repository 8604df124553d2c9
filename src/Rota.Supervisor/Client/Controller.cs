using Rota.Supervisor.Config;
using Rota.Supervisor.Processes;
using Rota.Supervisor.Rpc;

namespace Rota.Supervisor.Client;

/// <summary>What supervisorctl ends with.</summary>
internal static class ExitStatus
{
    public const int Success = 0;
    public const int Generic = 1;
    public const int InvalidArguments = 2;
    public const int NoSuchInterface = 3;
    public const int Refused = 4;
    public const int WrongVersion = 5;
    public const int NotRunning = 7;

    /// <summary>Of `status` alone: some process does not run, or is unknown.</summary>
    public const int StatusNotRunning = 3;
    public const int StatusUnknown = 4;
}

/// <summary>Runs one line after the other, as supervisorctl does, and remembers how that went.</summary>
internal sealed class Controller
{
    private readonly Dictionary<string, Func<string, Task>> _commands;
    private readonly TextWriter _output;
    private readonly Terminal _terminal;

    public Controller(ClientOptions options, TextWriter output, Terminal terminal)
    {
        (Options, _output, _terminal) = (options, output, terminal);
        var processes = new ProcessCommands(this);
        var groups = new GroupCommands(this);
        var logs = new LogCommands(this, terminal);
        _commands = new(StringComparer.Ordinal)
        {
            ["add"] = groups.AddAsync,
            ["avail"] = groups.AvailAsync,
            ["clear"] = processes.ClearAsync,
            ["exit"] = EndAsync,
            ["EOF"] = EndAsync,
            ["fg"] = logs.ForegroundAsync,
            ["help"] = HelpAsync,
            ["maintail"] = logs.MainTailAsync,
            ["open"] = OpenAsync,
            ["pid"] = processes.PidAsync,
            ["quit"] = EndAsync,
            ["reload"] = groups.ReloadAsync,
            ["remove"] = groups.RemoveAsync,
            ["reread"] = groups.RereadAsync,
            ["restart"] = processes.RestartAsync,
            ["shutdown"] = groups.ShutdownAsync,
            ["signal"] = processes.SignalAsync,
            ["start"] = processes.StartAsync,
            ["status"] = processes.StatusAsync,
            ["stop"] = processes.StopAsync,
            ["tail"] = logs.TailAsync,
            ["update"] = groups.UpdateAsync,
            ["version"] = VersionAsync,
        };
    }

    public ClientOptions Options { get; }

    public int Status { get; set; }

    /// <summary>The shell is to end.</summary>
    public bool IsDone { get; private set; }

    public IEnumerable<string> Commands => _commands.Keys.Where(name => name != "EOF");

    public ServerProxy Server => new(Options.Server);

    public void Say(string line)
    {
        _output.Write(line + "\n");
        _output.Flush();
    }

    public Task<string> AskAsync(string question) => _terminal.AskAsync(question);

    public void SayWithHelp(string error, string command, int status = ExitStatus.Generic)
    {
        Say(error);
        Status = status;
        Say(HelpTexts.Of[command]);
    }

    /// <summary>Runs a line; never throws for what it says or what the server answers.</summary>
    public async Task RunAsync(string line)
    {
        line = PythonText.Strip(line);
        if (line.Length == 0)
            return;
        if (line[0] == '?')
            line = "help " + line[1..];
        var end = 0;
        while (end < line.Length && (char.IsAsciiLetterOrDigit(line[end]) || line[end] == '_'))
            end++;
        if (end == 0 || !_commands.TryGetValue(line[..end], out var command))
        {
            Say($"*** Unknown syntax: {line}");
            Status = ExitStatus.Generic;
            return;
        }
        await GuardedAsync(command, PythonText.Strip(line.AsSpan(end)));
    }

    /// <summary>Says whether the daemon is there and speaks our API; else why not.</summary>
    public async Task<bool> IsUpAsync()
    {
        try
        {
            var version = await Server.TextAsync("getVersion");
            if (version == DaemonMethods.ApiVersion)
                return true;
            return No(ExitStatus.WrongVersion,
                "Sorry, this version of supervisorctl expects to talk to a server with API "
                + $"version {DaemonMethods.ApiVersion}, but the remote version is {version}.");
        }
        catch (XmlRpcFault fault) when (fault.Code == (int)FaultCode.UnknownMethod)
        {
            return No(ExitStatus.NoSuchInterface, "Sorry, supervisord responded but did not recognize the supervisor "
                + "namespace commands that supervisorctl uses to control it.  Please check that the "
                + "[rpcinterface:supervisor] section is enabled in the configuration file (see sample.conf).");
        }
        catch (RefusedException)
        {
            return No(ExitStatus.Refused, $"{Options.Server.Url} refused connection");
        }
        catch (NoSocketException)
        {
            return No(ExitStatus.NotRunning, $"{Options.Server.Url} no such file");
        }
    }

    private bool No(int status, string message)
    {
        Say(message);
        Status = status;
        return false;
    }

    private async Task GuardedAsync(Func<string, Task> command, string arguments)
    {
        try
        {
            await command(arguments);
        }
        catch (StatusException refused) when (refused.Status == 401)
        {
            Say("Server requires authentication");
            if (!Options.IsInteractive)
            {
                // supervisorctl says both.
                Fail($"<class 'xmlrpc.client.ProtocolError'>, {refused.Message}");
                return;
            }
            Options.Server = Options.Server with
            {
                Username = await _terminal.AskAsync("Username:"),
                Password = await _terminal.AskSecretAsync("Password:"),
            };
            Say("");
            await GuardedAsync(command, arguments);
        }
        catch (StatusException refused)
        {
            Fail($"<class 'xmlrpc.client.ProtocolError'>, {refused.Message}");
        }
        catch (XmlRpcFault fault)
        {
            Fail(ClientError.Of(fault).Message);
        }
        catch (EndOfStreamException)
        {
            Fail("<class 'EOFError'>, EOF when reading a line");
        }
        catch (Exception error) when (error is RefusedException or NoSocketException)
        {
            var kind = error is RefusedException ? "ConnectionRefusedError" : "FileNotFoundError";
            Fail($"<class '{kind}'>, {error.Message}");
        }
        catch (Exception error) when (error is ClientError or IOException)
        {
            Fail(error.Message);
        }
    }

    private void Fail(string what)
    {
        Say($"error: {what}");
        Status = ExitStatus.Generic;
    }

    private Task EndAsync(string arguments)
    {
        Say("");
        IsDone = true;
        return Task.CompletedTask;
    }

    private Task HelpAsync(string topic)
    {
        Say(topic.Length == 0 ? HelpTexts.All
            : HelpTexts.Of.TryGetValue(topic, out var text) ? text
            : $"*** No help on {topic}");
        return Task.CompletedTask;
    }

    private async Task OpenAsync(string url)
    {
        if (!url.StartsWith("http:", StringComparison.OrdinalIgnoreCase)
            && !url.StartsWith("unix:", StringComparison.OrdinalIgnoreCase))
        {
            Say("ERROR: url must be http:// or unix://");
            Status = ExitStatus.Generic;
            return;
        }
        Options.Server = Options.Server with { Url = url };
        var before = Status;
        await _commands["status"]("");
        Status = before;
    }

    private async Task VersionAsync(string arguments)
    {
        if (arguments.Length > 0)
            SayWithHelp("Error: version accepts no arguments", "version");
        else if (await IsUpAsync())
            Say(await Server.TextAsync("getSupervisorVersion"));
    }
}
