using System.Buffers;
using Rota.Supervisor.Processes;
using Rota.Supervisor.Rpc;

namespace Rota.Supervisor.Client;

/// <summary>How a process is, as far as supervisorctl shows it.</summary>
internal sealed record ProcessStatus(string Group, string Name, ProcessState State, string StateName,
    string Description, int Pid);

/// <summary>Calls the methods of a daemon.</summary>
/// <remarks>Throws <see cref="XmlRpcFault"/> for a fault, <see cref="StatusException"/> for an answer other than 200,
/// and what <see cref="ServerConnection.OpenAsync"/> throws.</remarks>
/// <param name="stop">Breaks off every call.</param>
internal sealed class ServerProxy(ServerAddress address, CancellationToken stop = default)
{
    private static readonly SearchValues<byte> Controls =
        SearchValues.Create([.. Enumerable.Range(0, 32).Select(code => (byte)code).Except("\t\n\r"u8.ToArray())]);

    /// <summary>Python sends what XML cannot hold, such as the escapes of colours in a log, as it is; its own client
    /// then refuses the answer. True: these become U+FFFD, as our daemon sends them.</summary>
    public bool TakesControls { get; init; }

    /// <param name="method">Of supervisor's own, or with another namespace before a dot.</param>
    public async Task<object?> CallAsync(string method, params object?[] arguments)
    {
        using var connection = await ServerConnection.OpenAsync(address, stop);
        var (status, reason, headers) = await connection.SendAsync("POST", "/RPC2",
            XmlRpcWriter.Call(method.Contains('.') ? method : $"supervisor.{method}", arguments), stop);
        if (status != 200)
            throw new StatusException(status, reason);

        var body = new MemoryStream();
        await foreach (var piece in connection.PiecesAsync(headers, stop))
            body.Write(piece.Span);
        try
        {
            return XmlRpcReader.ReadAnswer(TakesControls ? WithoutControls(body.ToArray()) : body.ToArray());
        }
        catch (FormatException bad)
        {
            throw new ClientError("xml.parsers.expat.ExpatError", bad.Message);
        }
    }

    public async Task<string> TextAsync(string method, params object?[] arguments) =>
        $"{await CallAsync(method, arguments)}";

    /// <summary>Of a method that answers with one result for each process.</summary>
    public async Task<List<ProcessResult>> ResultsAsync(string method, params object?[] arguments) =>
        Structs(await CallAsync(method, arguments)).Select(result => new ProcessResult(Text(result, "name"),
            Text(result, "group"), (FaultCode)Number(result, "status"), Text(result, "description"))).ToList();

    public async Task<List<ProcessStatus>> ProcessesAsync() =>
        (await InfosAsync()).Select(Status).ToList();

    /// <summary>All that the daemon tells of its processes, by group and name.</summary>
    public async Task<List<OrderedDictionary<string, object?>>> InfosAsync() =>
        Structs(await CallAsync("getAllProcessInfo")).ToList();

    public async Task<ProcessStatus> ProcessAsync(string name) =>
        Status(Struct(await CallAsync("getProcessInfo", name)));

    public async Task<List<OrderedDictionary<string, object?>>> ConfigsAsync() =>
        Structs(await CallAsync("getAllConfigInfo")).ToList();

    /// <summary>The groups that a reread finds new, changed and gone.</summary>
    public async Task<ConfigDiff> RereadAsync()
    {
        var answer = await CallAsync("reloadConfig") is List<object?> and [List<object?> lists, ..] ? lists : [];
        List<string> Names(int index) =>
            answer.ElementAtOrDefault(index) is List<object?> names ? names.Select(name => $"{name}").ToList() : [];
        return new ConfigDiff(Names(0), Names(1), Names(2));
    }

    public static string Text(OrderedDictionary<string, object?> members, string name) =>
        $"{members.GetValueOrDefault(name)}";

    public static long Number(OrderedDictionary<string, object?> members, string name) =>
        members.GetValueOrDefault(name) is long number ? number : 0;

    private static byte[] WithoutControls(byte[] body)
    {
        if (body.AsSpan().IndexOfAny(Controls) < 0)
            return body;
        var clean = new MemoryStream(body.Length + 64);
        foreach (var one in body)
            clean.Write(Controls.Contains(one) ? "\uFFFD"u8 : [one]);
        return clean.ToArray();
    }

    private static ProcessStatus Status(OrderedDictionary<string, object?> info) => new(Text(info, "group"),
        Text(info, "name"), (ProcessState)Number(info, "state"), Text(info, "statename"), Text(info, "description"),
        (int)Number(info, "pid"));

    public static IEnumerable<OrderedDictionary<string, object?>> Structs(object? answer) =>
        (answer as List<object?> ?? []).Select(Struct);

    public static OrderedDictionary<string, object?> Struct(object? answer) =>
        answer as OrderedDictionary<string, object?> ?? [];
}
