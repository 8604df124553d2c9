using Rota.Supervisor.Config;
using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Rpc;

/// <summary>Answers each address: /RPC2, /logtail/NAME[/stdout|/stderr], /mainlogtail and the status page.</summary>
internal sealed class Pages(Processes.Supervisor supervisor, RpcCalls calls, Action<LogLevel, string> log,
    TimeProvider time)
{
    private const string MainLogTail = "/mainlogtail";
    private const string LogTail = "/logtail";

    private readonly StatusPage _status = new(supervisor, time);

    public Task AnswerAsync(HttpRequest request, HttpResponder responder, CancellationToken stop)
    {
        if (request.Path.StartsWith("/RPC2", StringComparison.Ordinal))
            return request.Method == "POST" ? CallAsync(request, responder) : throw new HttpException(400);
        if (request.Method is not ("GET" or "HEAD" or "POST"))
            throw new HttpException(400);
        if (request.Path.StartsWith(MainLogTail, StringComparison.Ordinal))
            return FollowAsync(request, responder, MainLog(), stop);
        if (request.Path.StartsWith(LogTail, StringComparison.Ordinal))
            return FollowAsync(request, responder, null, stop);
        return _status.AnswerAsync(request, responder);
    }

    private async Task CallAsync(HttpRequest request, HttpResponder responder)
    {
        string method;
        IReadOnlyList<object?> arguments;
        try
        {
            (method, arguments) = XmlRpcReader.ReadCall(request.Body);
        }
        catch (FormatException bad)
        {
            log(LogLevel.Error, $"XML-RPC request data is invalid: {bad.Message}");
            throw new HttpException(400);
        }
        await responder.SendAsync("text/xml", await AnswerOfAsync(method, arguments));
    }

    private async Task<byte[]> AnswerOfAsync(string method, IReadOnlyList<object?> arguments)
    {
        try
        {
            log(LogLevel.Trace, $"XML-RPC method called: {method}()");
            var answer = XmlRpcWriter.Answer(await calls.CallAsync(method, arguments));
            log(LogLevel.Trace, $"XML-RPC method {method}() returned successfully");
            return answer;
        }
        catch (SupervisorFault fault)
        {
            log(LogLevel.Trace, $"XML-RPC method {method}() returned fault: [{(int)fault.Code}] {fault.Message}");
            return XmlRpcWriter.Fault((int)fault.Code, fault.Message);
        }
    }

    private string MainLog() => supervisor.Config.Daemon.LogFile;

    private async Task FollowAsync(HttpRequest request, HttpResponder responder, string? mainLog,
        CancellationToken stop)
    {
        if (request.Method != "GET")
            throw new HttpException(400);
        var path = mainLog ?? await LogOfAsync(request.Path);
        using var file = path is null ? null : FollowedLog.Open(path);
        if (file is null)
        {
            await responder.SendErrorAsync(404);
            return;
        }
        (string, string)[] buffering = mainLog is null ? [("X-Accel-Buffering", "no")] : [];
        await responder.BeginAsync([("Last-Modified", file.Changed.ToString("r")),
            ("Content-Type", "text/plain;charset=utf-8"), .. buffering]);
        await file.FollowAsync(responder, time, stop);
    }

    /// <summary>Null where the process is unknown or has no such log.</summary>
    private async Task<string?> LogOfAsync(string path)
    {
        var words = path[LogTail.Length..].Split('/');
        if (words is not (["", _] or ["", _, "stdout" or "stderr"]))
            return null;
        try
        {
            var facts = await supervisor.FindAsync(words[1]);
            var file = words is [_, _, "stderr"] ? facts.StderrLog : facts.StdoutLog;
            return file.Length == 0 ? null : file;
        }
        catch (SupervisorFault)
        {
            return null;
        }
    }
}
