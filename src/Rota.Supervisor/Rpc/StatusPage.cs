using System.Net;
using System.Security.Cryptography;
using System.Text;
using Rota.Supervisor.Config;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Rpc;

/// <summary>The page with all processes and their buttons, and the page with the end of a log.</summary>
/// <remarks>Buttons post a form with a token that only our own page knows, so that no other site can press them in
/// somebody's browser. There is no script.</remarks>
internal sealed class StatusPage(Processes.Supervisor supervisor, TimeProvider time)
{
    private const string Html = "text/html;charset=utf-8";
    private const int TailBytes = 1024;
    private const int TailBytesMax = 1 << 20;

    private readonly byte[] _token = Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(32, lowercase: true));

    public Task AnswerAsync(HttpRequest request, HttpResponder responder) =>
        (request.Method, request.Path.TrimStart('/')) switch
        {
            ("POST", "" or "index.html") => ActAsync(request, responder),
            ("POST", _) => throw new HttpException(400),
            (_, "" or "index.html") => SendStatusAsync(request, responder),
            (_, "tail.html") => SendTailAsync(request, responder),
            (_, "ok.html") => responder.SendAsync("text/html", "OK"u8.ToArray()),
            (_, "status.css") => responder.SendAsync("text/css", Encoding.ASCII.GetBytes(StatusHtml.Style)),
            _ => responder.SendErrorAsync(404),
        };

    private async Task SendStatusAsync(HttpRequest request, HttpResponder responder)
    {
        var message = Form.Read(request.Query).GetValueOrDefault("message");
        var rows = (await supervisor.ListAsync()).Select(facts => (facts, InfoMethods.Description(facts, time)));
        var page = StatusHtml.Status(supervisor.Config.Daemon.Identifier, Encoding.ASCII.GetString(_token), message,
            rows);
        await SendPageAsync(responder, page);
    }

    private async Task SendTailAsync(HttpRequest request, HttpResponder responder)
    {
        var form = Form.Read(request.Query);
        var name = form.GetValueOrDefault("processname") ?? "";
        var limit = PythonText.ParseInt(form.GetValueOrDefault("limit") ?? "") ?? TailBytes;
        string text;
        try
        {
            var log = await supervisor.Running.ReadLogAsync(name, OutputChannel.Stdout,
                -Math.Clamp(limit, TailBytes, TailBytesMax), 0);
            text = Encoding.UTF8.GetString(log);
        }
        catch (SupervisorFault fault)
        {
            text = fault.Code == FaultCode.NoFile ? $"No file for {name}" : $"ERROR: {fault.Message}";
        }
        await SendPageAsync(responder, StatusHtml.Tail(name, text));
    }

    private async Task ActAsync(HttpRequest request, HttpResponder responder)
    {
        var form = Form.Read(Encoding.UTF8.GetString(request.Body));
        var token = Encoding.UTF8.GetBytes(form.GetValueOrDefault("token") ?? "");
        if (!CryptographicOperations.FixedTimeEquals(token, _token))
        {
            await responder.SendErrorAsync(403);
            return;
        }
        var message = await MessageAsync(form.GetValueOrDefault("action") ?? "",
            form.GetValueOrDefault("processname") ?? "");
        var place = message is null ? "/" : $"/?message={Uri.EscapeDataString(message)}";
        await responder.SendAsync(303, Html, [], [("Location", place)]);
    }

    private async Task<string?> MessageAsync(string action, string name)
    {
        try
        {
            var running = supervisor.Running;
            var now = time.GetLocalNow().ToString("ddd MMM d HH:mm:ss yyyy");
            switch (action)
            {
                case "refresh":
                    return $"Page refreshed at {now}";
                case "stopall":
                    await running.StopAllAsync(wait: true);
                    return $"All stopped at {now}";
                case "restartall":
                    await running.StopAllAsync(wait: true);
                    await running.StartAllAsync(wait: true);
                    return $"All restarted at {now}";
                case "start":
                    await running.StartAsync(name, wait: true);
                    return $"Process {name} started";
                case "stop":
                    await running.StopAsync(name, wait: true);
                    return $"Process {name} stopped";
                case "restart":
                    await running.StopAsync(name, wait: true);
                    await running.StartAsync(name, wait: true);
                    return $"Process {name} restarted";
                case "clearlog":
                    await running.ClearLogsAsync(name);
                    return $"Log for {name} cleared";
                default:
                    return null;
            }
        }
        catch (SupervisorFault fault)
        {
            var what = SupervisorFault.Word(fault.Code).Replace('_', ' ').ToLowerInvariant();
            return fault.Code == FaultCode.BadName ? $"No such process named {name}" : $"ERROR: Process {name}: {what}";
        }
    }

    private static Task SendPageAsync(HttpResponder responder, string page) =>
        responder.SendAsync(200, Html, Encoding.UTF8.GetBytes(page),
        [
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy",
                "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; "
                + "base-uri 'none'"),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
        ]);
}

/// <summary>`a=1&amp;b=2`, of a form or after a question mark.</summary>
internal static class Form
{
    /// <summary>The last of each name.</summary>
    public static Dictionary<string, string> Read(string text)
    {
        var form = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=');
            if (equals > 0)
                form[WebUtility.UrlDecode(pair[..equals])] = WebUtility.UrlDecode(pair[(equals + 1)..]);
        }
        return form;
    }
}
