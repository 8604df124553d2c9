using System.CommandLine;
using System.Text.Json.Nodes;
using Rota.Postgres;
using Rota.Secrets;
using Rota.Sqlite;
using Rota.Supervisor.Secrets;

namespace Rota.Commands;

/// <summary>What <c>rota supervise</c> runs for the option <c>secrets</c> of a program: writes values to the pipe that
/// the supervisor reads.</summary>
/// <remarks>Not for people, and so not in the help; a terminal is refused. It reads the database that the settings
/// name, beside the server where one runs, and the key file, which is never made here.</remarks>
internal static class SecretTellCommand
{
    public static Command Create(Globals globals)
    {
        var names = new Argument<string[]>("names") { Arity = ArgumentArity.OneOrMore };
        var command = globals.Client(SecretProgram.Verb, "Tell the supervisor the secrets of its processes",
            (session, stop) => TellAsync(session, session.Get(names), stop), names);
        command.Hidden = true;
        return command;
    }

    private static async Task<int> TellAsync(Session session, string[] names, CancellationToken stop)
    {
        if (session.Terminal.IsOutShown)
            throw Session.Usage("stdout", "Secrets are not written to a terminal.",
                "Nobody needs to run this: it is what rota supervise runs for 'secrets='.");
        JsonObject answer;
        try
        {
            answer = await ReadAsync(session, names, stop);
        }
        catch (RotaException error)
        {
            answer = new JsonObject { ["error"] = Sentence(error) };
        }
        session.Terminal.Out.WriteLine(answer.ToJsonString());
        return ExitCode.Ok;
    }

    private static async Task<JsonObject> ReadAsync(Session session, string[] names, CancellationToken stop)
    {
        var settings = SettingsReader.Read(session.Terminal, HostOptions.Values(session));
        var tokens = settings.IsPostgres
            ? await PostgresTokens.FindAsync(settings.Database, names, stop)
            : SqliteTokens.Find(settings.Database, names);
        if (tokens is null)
            return new JsonObject
            {
                ["error"] = $"there is no database {settings.Database}; start the supervisor with ROTA_DATA or "
                    + "ROTA_DATABASE set as the server has them",
            };
        var (values, errors) = (new JsonObject(), new JsonObject());
        var keys = tokens.Count > 0 ? KeyRing.Load(settings.KeyPath) : null;
        foreach (var name in names)
        {
            if (tokens.TryGetValue(name, out var token))
                Add(name, token, keys!, values, errors);
            else
                errors[name] = $"it is not set; set it: rota secrets set {name}";
        }
        return new JsonObject { ["values"] = values, ["errors"] = errors };
    }

    private static void Add(string name, string token, KeyRing keys, JsonObject values, JsonObject errors)
    {
        try
        {
            values[name] = keys.Decrypt(token);
        }
        catch (RotaException unreadable)
        {
            errors[name] = Sentence(unreadable);
        }
    }

    private static string Sentence(RotaException error) => error.Hint is { } hint
        ? $"{error.Message.TrimEnd('.')}; {hint.TrimEnd('.')}"
        : error.Message.TrimEnd('.');
}
