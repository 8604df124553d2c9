using System.CommandLine;

namespace Rota.Commands;

/// <summary><c>rota plugins …</c>.</summary>
internal static class PluginCommands
{
    public static Command Create(Globals globals) => Globals.Group("plugins", "List plug-ins, or begin a new one",
        List(globals), New(globals));

    private static Command List(Globals globals) =>
        globals.Client("list", "List plug-ins, their kinds and their errors",
        async (session, stop) => session.Print(await session.Server.GetAsync("plugins", stop), answer =>
        {
            var grid = new Grid("Name", "State", "Version", "Kinds", "Loaded");
            foreach (var plugin in answer.Items)
            {
                grid.Add(plugin.Text("name"), Show.State(plugin.Text("state")), plugin.Text("version"),
                    plugin.Joined("kinds"), Show.Time(session, plugin.Instant("loaded_at")));
            }
            grid.Write(session.Terminal, "no plug-ins; begin one: rota plugins new NAME");
            foreach (var error in answer.Items.SelectMany(plugin => plugin.Items("errors")))
            {
                session.Terminal.Out.WriteLine(Clean.Line(
                    $"{error.Text("file")}:{error.Text("line")}:{error.Text("column")}: {error.Text("message")}"));
            }
        }));

    private static Command New(Globals globals)
    {
        var name = new Argument<string>("name") { Description = "Name of the plug-in, such as invoices" };
        var folder = HostOptions.Plugins();
        return globals.Client("new", "Write a commented plug-in to begin with", async (session, stop) =>
        {
            var settings = SettingsReader.Read(session.Terminal, HostOptions.Values(session, folder));
            var path = Path.Combine(settings.PluginFolder, PluginTemplate.FileName(session.Get(name)));
            if (File.Exists(path))
                throw new ConflictException("plugin.exists", $"{path} is there already.",
                    "Choose another name, or edit the file.");
            Directory.CreateDirectory(settings.PluginFolder);
            await File.WriteAllTextAsync(path, PluginTemplate.Text(session.Get(name)), stop);
            session.Terminal.Out.WriteLine(path);
            session.Terminal.Error.WriteLine("a running server loads it by itself; then: "
                + $"rota jobs enqueue {session.Get(name)}.hello name=Mars --wait");
            return ExitCode.Ok;
        }, name, folder);
    }
}

/// <summary>The plug-in that <c>rota plugins new</c> writes.</summary>
internal static class PluginTemplate
{
    public static string FileName(string name) => name.Length is > 0 and <= 60 && char.IsAsciiLetter(name[0])
        && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-')
        ? $"{name}.cs"
        : throw Session.Usage("name", $"'{name}' is no name of a plug-in.",
            "Begin with a letter; then letters, digits, '_' or '-'.");

    public static string Text(string name)
    {
        var type = string.Concat(name.Split('_', '-').Where(part => part.Length > 0)
            .Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
        return $$"""
            // A plug-in of Rota. Save the file and the running server loads it; `rota plugins list` shows mistakes.

            // The kind is the stable name by which the job is enqueued:
            //   rota jobs enqueue {{name}}.hello name=Mars --wait
            [Job("{{name}}.hello", MaxAttempts = 3)]
            public sealed class {{type}}Hello : IntegrationJob<{{type}}Hello.Parameters>
            {
                // The clear configuration: the arguments of the job, or of its schedule.
                public sealed record Parameters(string Name = "world");

                // `secrets` are the schedule's own (rota schedules add … --secret token). They exist in memory only,
                // for this attempt only, and are masked in everything that the job writes.
                public override async Task<JobResult> RunAsync(Parameters parameters,
                    IReadOnlyDictionary<string, string> secrets, JobContext job, CancellationToken stop)
                {
                    // Kept with the attempt: rota jobs logs ID
                    job.Log.LogInformation("Hello, {Name}", parameters.Name);

                    // Shown by `rota jobs wait`. Pass `stop` on: it is set by a cancel, a time-out and a shutdown.
                    for (var step = 1; step <= 3; step++)
                    {
                        await Task.Delay(TimeSpan.FromMilliseconds(200), stop);
                        job.ReportProgress(step, 3, "steps");
                    }

                    // An exception means: try again later. A job may run more than once, so let what it does be safe to
                    // repeat; job.Id is the same on every attempt. To call another system, derive an IntegrationClient
                    // and take it in the constructor: docs/plugins.md.
                    return JobResult.CompleteWith(new { greeted = parameters.Name });
                }
            }

            """;
    }
}
