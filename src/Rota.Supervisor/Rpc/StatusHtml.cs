using System.Net;
using System.Text;
using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Rpc;

/// <summary>The HTML of the status page.</summary>
internal static class StatusHtml
{
    public const string Style = """
        body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; color: #1c2430; }
        h1 { font-size: 1.3rem; }
        table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid #dfe3ea; }
        form { display: inline; }
        button { font: inherit; padding: .1rem .6rem; border: 1px solid #9aa5b5; border-radius: 4px; background: #fff; }
        .state { font-weight: 600; }
        .running { color: #11703c; }
        .error { color: #b3261e; }
        .message { background: #eef3fb; padding: .5rem .8rem; border-radius: 4px; }
        pre { white-space: pre-wrap; background: #f5f6f8; padding: 1rem; }
        """;

    public static string Status(string identifier, string token, string? message,
        IEnumerable<(ProcessFacts Facts, string Description)> rows)
    {
        var html = Begin($"{identifier}: processes");
        if (message is not null)
            html.Append($"<p class=\"message\" role=\"status\">{Safe(message)}</p>");
        html.Append("<p>");
        Button(html, token, "refresh", "", "Refresh");
        Button(html, token, "restartall", "", "Restart all");
        Button(html, token, "stopall", "", "Stop all");
        html.Append("</p><table><thead><tr><th>State</th><th>Description</th><th>Name</th><th>Action</th></tr>")
            .Append("</thead><tbody>");
        foreach (var (facts, description) in rows)
            Row(html, token, facts, description);
        return html.Append("</tbody></table></body></html>").ToString();
    }

    public static string Tail(string name, string text) => Begin($"{name}: end of its log")
        .Append($"<p><a href=\"/\">All processes</a></p><pre>{Safe(text)}</pre></body></html>").ToString();

    private static StringBuilder Begin(string title) => new($"""
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><title>{Safe(title)}</title>
        <meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/status.css"></head>
        <body><h1>{Safe(title)}</h1>
        """);

    private static void Row(StringBuilder html, string token, ProcessFacts facts, string description)
    {
        var name = new ProcessName(facts.Group, facts.Name).ToString();
        var link = Uri.EscapeDataString(name);
        var look = facts.State switch
        {
            ProcessState.Running => "running",
            ProcessState.Fatal or ProcessState.Backoff => "error",
            _ => "other",
        };
        html.Append($"<tr><td class=\"state {look}\">{facts.State.Word.ToLowerInvariant()}</td>")
            .Append($"<td>{Safe(description)}</td>")
            .Append($"<td><a href=\"/tail.html?processname={link}\">{Safe(name)}</a></td><td>");
        if (facts.State == ProcessState.Running)
        {
            Button(html, token, "restart", name, "Restart");
            Button(html, token, "stop", name, "Stop");
        }
        else if (facts.State.IsStopped)
        {
            Button(html, token, "start", name, "Start");
        }
        Button(html, token, "clearlog", name, "Clear log");
        html.Append($" <a href=\"/logtail/{link}\">stdout</a> <a href=\"/logtail/{link}/stderr\">stderr</a></td></tr>");
    }

    private static void Button(StringBuilder html, string token, string action, string name, string label) => html
        .Append($"<form method=\"post\" action=\"/\"><input type=\"hidden\" name=\"token\" value=\"{token}\">")
        .Append($"<input type=\"hidden\" name=\"processname\" value=\"{Safe(name)}\">")
        .Append($"<button name=\"action\" value=\"{action}\">{label}</button></form> ");

    private static string Safe(string text) => WebUtility.HtmlEncode(text);
}
