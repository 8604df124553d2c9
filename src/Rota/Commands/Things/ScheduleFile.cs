using System.CommandLine;
using System.Text.Json.Nodes;

namespace Rota.Commands;

/// <summary>A file of schedules: <c>schedules:</c>, by name the fields that the API takes.</summary>
internal sealed class ScheduleFile
{
    private const int BytesMax = 1 << 20;
    private const string Root = "schedules";

    private readonly YamlFile _file;
    private readonly JsonObject _schedules;

    private ScheduleFile(YamlFile file, JsonObject schedules) => (_file, _schedules) = (file, schedules);

    /// <exception cref="InvalidFieldException">It cannot be read, or says what cannot be; the message begins with file,
    /// line and column.</exception>
    public static ScheduleFile Read(Session session, string path)
    {
        var name = Path.GetFileName(path);
        var file = new YamlReader(name, HasTypes).Read(Text(session, path, name));
        if (file.Root is not JsonObject whole || whole[Root] is not JsonObject schedules)
            throw file.Error(Root, "There are no schedules.", "Write 'schedules:' and below it each by its name.");
        if (whole.FirstOrDefault(field => field.Key != Root).Key is { } other)
            throw file.Error(other, $"There is no field '{other}' here.", "All stands below 'schedules:'.");
        foreach (var (schedule, rule) in schedules)
            ReadSecrets(session.Terminal, file, $"{Root}.{schedule}.secrets", rule as JsonObject);
        return new ScheduleFile(file, schedules);
    }

    /// <summary>Plans or applies the file on the server.</summary>
    /// <exception cref="ServerProblem">As the server said it, with the place in the file.</exception>
    public async Task<Answer> SendAsync(
        Session session, string owner, bool prunes, bool takesOver, bool isDryRun, CancellationToken stop)
    {
        var body = new JsonObject
        {
            ["owner"] = owner,
            [Root] = _schedules.DeepClone(),
            ["prune"] = prunes,
            ["take_over"] = takesOver,
            ["dry_run"] = isDryRun,
        };
        try
        {
            return await session.Server.PostAsync("schedules/apply", body, stop);
        }
        catch (ServerProblem problem) when (problem.Field?.StartsWith($"{Root}.") == true)
        {
            throw new ServerProblem(problem.Status, problem.Code,
                $"{_file.PlaceOf(problem.Field)}: {problem.Message}", problem.Hint, problem.Body);
        }
    }

    private static string Text(Session session, string path, string name)
    {
        var whole = session.Terminal.PathOf(path);
        return new FileInfo(whole) is { Exists: true, Length: > BytesMax } file
            ? throw Session.Usage("file", $"{name} has {file.Length:N0} bytes.",
                $"Write at most {BytesMax:N0}; divide it among files.")
            : HiddenValue.OfFile(session, path);
    }

    /// <summary>Which fields are more than text; see <c>ScheduleRuleRequest</c> of the API, which a test holds against
    /// this.</summary>
    internal static bool HasTypes(IReadOnlyList<string> path) => path
        is [_, _, "args", ..]
        or [_, _, "trigger", .., "max"]
        or [_, _, "coalesce" or "max_running" or "is_paused"]
        or [_, _, "options", "priority" or "max_attempts" or "depends_on"]
        or [_, _, "options", "backoff", "jitter"]
        or [_, _, "options", "repeat", "times"];

    /// <summary>Secrets never stand in the file: their values are put in from variables.</summary>
    private static void ReadSecrets(Terminal terminal, YamlFile file, string path, JsonObject? rule)
    {
        if (rule?["secrets"] is not { } given)
            return;
        var secrets = new JsonObject();
        foreach (var (name, value) in given as JsonObject ?? throw Wrong(path))
        {
            if (value is not JsonObject { Count: 1 } from || from["env"] is not JsonValue variable)
                throw Wrong($"{path}.{name}");
            secrets[name] = terminal.Variable(variable.GetValue<string>()) ?? throw file.Error($"{path}.{name}.env",
                $"The variable {variable} is not set.", "Set it where this command runs.");
        }
        rule["secrets"] = secrets;

        InvalidFieldException Wrong(string at) => file.Error(at, "A secret must not stand in the file.",
            "Write {env: VARIABLE}, and the value into that variable of this command.");
    }
}

/// <summary>What <c>plan</c> and <c>apply</c> take.</summary>
internal sealed class ScheduleFileOptions
{
    private readonly Argument<string> _path = new("file") { Description = "A YAML or JSON file of schedules" };
    private readonly Option<string?> _owner = new("--owner")
    {
        Description = "Whose the schedules are (default: file: and the file's name)",
    };
    private readonly Option<bool> _prune = new("--prune")
    {
        Description = "Remove the owner's schedules that are not in the file",
    };
    private readonly Option<bool> _takeOver = new("--take-over")
    {
        Description = "Also take schedules that are defined elsewhere or by hand",
    };

    public IEnumerable<Symbol> All => [_path, _owner, _prune, _takeOver];

    /// <summary>Reads the file once.</summary>
    /// <returns>What sends it: to be planned, or to be applied.</returns>
    public Func<bool, Task<Answer>> Read(Session session, CancellationToken stop)
    {
        var path = session.Get(_path);
        var file = ScheduleFile.Read(session, path);
        var owner = session.Get(_owner) ?? NameRule.Fit($"file:{Path.GetFileName(path)}");
        return isDryRun =>
            file.SendAsync(session, owner, session.Get(_prune), session.Get(_takeOver), isDryRun, stop);
    }
}
