using System.CommandLine;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Rota.Supervisor.Client;
using Rota.Supervisor.Config;
using Rota.Supervisor.Processes;
using Rota.Supervisor.Rpc;

namespace Rota.Commands;

/// <summary>The supervisor that a <c>rota ps</c> command talks to: ours, or any other supervisord.</summary>
internal sealed class Supervisord
{
    private const string PasswordVariable = "ROTA_SUPERVISOR_PASSWORD";

    private readonly ServerProxy _proxy;

    private Supervisord(ServerAddress address) => (Address, _proxy) = (address, new ServerProxy(address));

    public static Option<string?> ServerOption { get; } = new("--server")
    {
        Description = "Where it listens: unix:///PATH or http://HOST:PORT (default: the file's [supervisorctl])",
        HelpName = "URL",
        Recursive = true,
    };

    public static Option<string?> FileOption { get; } = new("--file", "-c")
    {
        Description = "The supervisord.conf whose [supervisorctl] says where (default: the usual places)",
        HelpName = "FILE",
        Recursive = true,
    };

    public static Option<string?> UserOption { get; } = new("--user")
    {
        Description = $"Name for it; the password is read from {PasswordVariable}, or both from the file",
        HelpName = "NAME",
        Recursive = true,
    };

    public ServerAddress Address { get; }

    /// <exception cref="InvalidFieldException">The file cannot be read.</exception>
    public static Supervisord Of(Session session)
    {
        var server = session.Get(ServerOption);
        if (server is not null && !server.StartsWith("unix://") && !server.StartsWith("http://"))
            throw Session.Usage("server", $"'{server}' is no address of a supervisor.",
                "Write unix:///run/supervisor.sock or http://127.0.0.1:9001.");
        try
        {
            var path = session.Get(FileOption) ?? (server is null ? ConfigSearch.Find("supervisorctl") : null);
            var file = path is null ? null : ControlSection.ReadFile(session.Terminal.PathOf(path));
            return new Supervisord(new ServerAddress(server ?? file?.ServerUrl ?? ControlSection.DefaultUrl,
                session.Get(UserOption) ?? file?.Username,
                session.Terminal.Variable(PasswordVariable) ?? file?.Password));
        }
        catch (ConfigException error)
        {
            throw Session.Usage("file", error.Message, "Name another one with --file, or say where with --server URL.");
        }
    }

    /// <summary>One row for each process, by group and name.</summary>
    public async Task<List<JsonObject>> ListAsync() => [.. (await AskAsync(proxy => proxy.InfosAsync())).Select(View)];

    /// <summary>Calls it, and tells what goes wrong as every command does.</summary>
    /// <param name="name">Of the process that is asked for; null for none.</param>
    public async Task<T> AskAsync<T>(Func<ServerProxy, Task<T>> call, string? name = null)
    {
        try
        {
            return await call(_proxy);
        }
        catch (XmlRpcFault fault)
        {
            throw Explain(fault, name);
        }
        catch (Exception error) when (error is RefusedException or NoSocketException or IOException or SocketException)
        {
            throw new NoSupervisorException(Address.Url, error);
        }
        catch (StatusException error) when (error.Status == 401)
        {
            throw Session.Usage("user", $"The supervisor at {Address.Url} wants a name and a password.",
                $"Add --user NAME and set {PasswordVariable}, or name its file with --file.");
        }
        catch (Exception error) when (error is StatusException or ClientError)
        {
            throw new ConflictException("supervisor.answer", $"{Address.Url} did not answer as a supervisor: "
                + error.Message, "Check --server; in the file, [rpcinterface:supervisor] must be there.");
        }
    }

    /// <summary>Text of a log as it grows, until stopped.</summary>
    public async Task FollowAsync(string path, Action<string> print, CancellationToken stop)
    {
        using var connection = await AskAsync(_ => ServerConnection.OpenAsync(Address, stop));
        using var closed = stop.Register(connection.Dispose);
        try
        {
            var (status, _, headers) = await connection.SendAsync("GET", path, [], stop);
            if (status != 200)
                throw new NotFoundException("log", path, "See the processes that have one: rota ps --json");
            await foreach (var text in connection.TextAsync(headers))
                print(text);
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // Asked to end while it waited for more.
        }
    }

    private static RotaException Explain(XmlRpcFault fault, string? name) => (FaultCode)fault.Code switch
    {
        FaultCode.BadName => new NotFoundException("process", name ?? fault.Message, "See what there is: rota ps"),
        FaultCode.BadArguments => Session.Usage("grep", fault.Message, "Mend it and repeat."),
        FaultCode.UnknownMethod => new ConflictException("supervisor.unknown", "This supervisor cannot do that.",
            "It is another or an older one: rota supervise can."),
        FaultCode.BadSignal => Session.Usage("signal", "That is no signal.", "Write a name such as HUP, or a number."),
        FaultCode.CantReread => Session.Usage("file", fault.Message, "Nothing was changed. Mend the file and repeat."),
        FaultCode.NoFile => new NotFoundException("log", name ?? fault.Message, "The program keeps no such log."),
        FaultCode.ShutdownState => new ConflictException("supervisor.stopping", "The supervisor is stopping.", null),
        _ => new ConflictException("supervisor.refused", $"The supervisor refused: {fault.Message}", null),
    };

    private static JsonObject View(OrderedDictionary<string, object?> info)
    {
        var name = new ProcessName(ServerProxy.Text(info, "group"), ServerProxy.Text(info, "name")).ToString();
        var state = ServerProxy.Text(info, "statename");
        return new JsonObject
        {
            ["name"] = name,
            ["group"] = ServerProxy.Text(info, "group"),
            ["process"] = ServerProxy.Text(info, "name"),
            ["state"] = state,
            ["pid"] = ServerProxy.Number(info, "pid") is var pid and > 0 ? pid : null,
            ["started_at"] = Instant("start"),
            ["stopped_at"] = Instant("stop"),
            ["exit_status"] = state is "EXITED" or "STOPPED" && Instant("stop") is not null
                ? ServerProxy.Number(info, "exitstatus") : null,
            ["error"] = ServerProxy.Text(info, "spawnerr") is { Length: > 0 } error ? error : null,
            ["description"] = ServerProxy.Text(info, "description"),
            ["stdout_log"] = ServerProxy.Text(info, "stdout_logfile"),
            ["stderr_log"] = ServerProxy.Text(info, "stderr_logfile"),
        };

        string? Instant(string field) => ServerProxy.Number(info, field) is var seconds and > 0
            ? DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-ddTHH:mm:ss'Z'") : null;
    }
}

/// <summary>Nothing listens where a supervisor should.</summary>
internal sealed class NoSupervisorException(string url, Exception cause) : RotaException("supervisor.unreachable",
    $"No supervisor answers at {url}.",
    "Start it: rota supervise -c supervisord.conf; or say where it is: --server unix:///run/supervisor.sock", cause);
