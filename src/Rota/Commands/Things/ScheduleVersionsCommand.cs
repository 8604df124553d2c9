using System.CommandLine;

namespace Rota.Commands;

/// <summary><c>rota schedules versions</c>.</summary>
internal static class ScheduleVersionsCommand
{
    public static Command Create(Globals globals)
    {
        var name = ScheduleCommands.Name();
        var limit = new Option<int>("--limit") { Description = "How many", DefaultValueFactory = _ => 20 };
        return globals.Client("versions", "Show what was changed, when and by whom; also of a removed schedule",
            async (session, stop) => session.Print(
                await session.Server.GetAsync(
                    $"{ScheduleCommands.Path(session.Get(name))}/versions?limit={session.Get(limit)}", stop), answer =>
                {
                    var grid = new Grid("Version", "When", "Who", "Change", "Fields");
                    foreach (var version in answer.Items)
                    {
                        grid.Add(version.Text("version"), Show.Time(session, version.Instant("at")),
                            version.Text("actor"), version.Text("change"),
                            string.Join("; ", version.Items("changes")
                                .Select(field => SchedulePlanCommands.Field(field))));
                    }
                    grid.Write(session.Terminal, "no versions");
                }), name, limit);
    }
}
