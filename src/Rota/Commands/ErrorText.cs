using System.Text.Json.Nodes;
using Rota.Storage;

namespace Rota.Commands;

/// <summary>How an error is told: one line and a hint for people, the problem object for programs.</summary>
internal static class ErrorText
{
    public static int Write(Terminal terminal, RotaException error, bool isJson)
    {
        if (isJson)
            terminal.Error.WriteLine(Problem(error));
        else if (error is SettingsException settings)
            WriteAll(terminal, settings);
        else
            Write(terminal, Sentence(error), error.Hint);
        return ExitCode.Of(error);
    }

    public static void Write(Terminal terminal, string message, string? hint)
    {
        terminal.Error.WriteLine($"error: {Clean.Line(message)}");
        if (hint is not null)
            terminal.Error.WriteLine($"hint: {Clean.Block(hint)}"); // the place of a mistake may be marked below it
    }

    /// <summary>Whether the name, the port or the certificate is wrong only the cause tells.</summary>
    private static string Sentence(RotaException error) =>
        error is StorageException { Code: "storage.unreachable" } unreachable ? unreachable.What() : error.Message;

    private static void WriteAll(Terminal terminal, SettingsException settings)
    {
        foreach (var (message, hint) in settings.Problems)
            Write(terminal, message, hint);
    }

    private static string Problem(RotaException error)
    {
        if (error is ServerProblem { Body: { } body })
            return body;
        var problem = new JsonObject
        {
            ["type"] = "about:blank",
            ["title"] = error.Code,
            ["detail"] = error.Message,
            ["code"] = error.Code,
            ["hint"] = error.Hint,
        };
        if (error is SettingsException settings)
        {
            problem["errors"] = new JsonArray([.. settings.Problems.Select(one =>
                (JsonNode)new JsonObject { ["detail"] = one.Message, ["hint"] = one.Hint })]);
        }
        return problem.ToJsonString();
    }
}
