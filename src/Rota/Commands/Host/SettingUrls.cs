namespace Rota.Commands;

/// <summary>The addresses at which the server listens.</summary>
internal static class SettingUrls
{
    private const string Example = "Write for example http://127.0.0.1:8600; several with ';' between them.";

    public static IReadOnlyList<Uri> Read(SettingValue? urls, SettingValue? port, List<SettingsProblem> problems)
    {
        if (urls is not null)
            return [.. Parse(urls, problems)];
        if (port is null)
            return [new Uri(ServerFinder.DefaultAddress)];
        if (ushort.TryParse(port.Value, out var number))
            return [new Uri($"http://127.0.0.1:{number}")];
        problems.Add(new($"{port.Name} is '{port.Value}'.", "Write a port: 1 to 65535, or 0 for any that is free."));
        return [];
    }

    private static IEnumerable<Uri> Parse(SettingValue urls, List<SettingsProblem> problems)
    {
        foreach (var text in urls.Value.Split(';',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            // All addresses of the machine, as other servers write it; no host name may stand there.
            var plain = text.Replace("://*", "://0.0.0.0").Replace("://+", "://0.0.0.0");
            if (!Uri.TryCreate(plain, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
                problems.Add(new($"{urls.Name} has '{text}'.", Example));
            else if (url.Scheme == "https")
                problems.Add(new($"{urls.Name} has '{text}', and Rota speaks no TLS itself.",
                    "Put a proxy in front, and write http here."));
            else if (url.AbsolutePath != "/")
                problems.Add(new($"{urls.Name} has '{text}' with a path.", Example));
            else
                yield return url;
        }
    }
}
