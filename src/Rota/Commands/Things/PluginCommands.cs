using System.CommandLine;

namespace Rota.Commands;

/// <summary><c>rota plugins …</c>.</summary>
internal static class PluginCommands
{
    public static Command Create(Globals globals) => Globals.Group("plugins", "List plug-ins, or begin a new one",
        List(globals), New(globals));

    private static Command List(Globals globals) => globals.Client("list", "List plug-ins, their kinds and their errors",
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
        var folder = new Option<string?>("--plugins") { Description = "Plug-in folder; also ROTA_PLUGINS" };
        return globals.Client("new", "Write a commented plug-in to begin with", async (session, stop) =>
        {
            var settings = SettingsReader.Read(session.Terminal, new Dictionary<string, string?>
            {
                ["data"] = session.Data,
                ["plugins"] = session.Get(folder),
            });
            var path = Path.Combine(settings.PluginFolder, PluginTemplate.FileName(session.Get(name)));
            if (File.Exists(path))
                throw new ConflictException("plugin.exists", $"{path} is there already.", "Choose another name, or edit the file.");
            Directory.CreateDirectory(settings.PluginFolder);
            await File.WriteAllTextAsync(path, PluginTemplate.Text(session.Get(name)), stop);
            session.Terminal.Out.WriteLine(path);
            session.Terminal.Error.WriteLine($"a running server loads it by itself; then: rota jobs enqueue {session.Get(name)}.hello name=Mars --wait");
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
        : throw Session.Usage("name", $"'{name}' is no name of a plug-in.", "Begin with a letter; then letters, digits, '_' or '-'.");

    public static string Text(string name)
    {
        var type = string.Concat(name.Split('_', '-').Where(part => part.Length > 0)
            .Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
        return $$"""
            // A plug-in of Rota. Save the file, and the running server loads it; a mistake is shown by `rota plugins list`.
            using Microsoft.Extensions.Logging;
            using Rota;

            // What a job is asked to do. The kind is the stable name by which it is enqueued:
            //   rota jobs enqueue {{name}}.hello name=Mars --wait
            [Job("{{name}}.hello", MaxAttempts = 3)]
            public sealed record {{type}}Hello(string Name);

            // What it does. One object is made for each attempt; ask for what you need in the constructor.
            public sealed class {{type}}HelloHandler : IJobHandler<{{type}}Hello>
            {
                public async Task<JobResult> RunAsync({{type}}Hello args, JobContext job, CancellationToken stop)
                {
                    // Lines of job.Log are kept with the attempt: rota jobs logs ID
                    job.Log.LogInformation("Hello, {Name}", args.Name);

                    // A secret exists only in memory, and only for this attempt: rota secrets set {{name}}
                    // var token = await job.Secrets.GetAsync("{{name}}", stop);

                    // Shown by `rota jobs wait` and on the job's page. Pass `stop` on: it is set on cancel and time-out.
                    for (var step = 1; step <= 3; step++)
                    {
                        await Task.Delay(TimeSpan.FromMilliseconds(200), stop);
                        job.ReportProgress(step, 3, "steps");
                    }

                    // An exception means: try again later. A job may run more than once, so that what it does should be
                    // safe to repeat; job.Id is the same on every attempt.
                    return JobResult.Complete;
                }
            }

            """;
    }
}
