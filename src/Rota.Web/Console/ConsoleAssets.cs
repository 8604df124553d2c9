using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Rota.Web.Console;

/// <summary>The files that pages load, compressed when they were built. An address holds the hash of what it names, so
/// that browsers keep it for good.</summary>
internal static class ConsoleAssets
{
    private const string Prefix = "console/";

    private static readonly FrozenDictionary<string, byte[]> Files = Read();

    private static readonly FrozenDictionary<string, string> Addresses = Files.Where(file => !IsCompressed(file.Key))
        .ToFrozenDictionary(file => file.Key, file =>
            $"{ConsoleRoutes.Home}/assets/{file.Key}?v={Convert.ToHexStringLower(SHA256.HashData(file.Value))[..10]}");

    /// <summary>Where a page finds the file.</summary>
    public static string Address(string name) => Addresses[name];

    public static IResult Get(string name, HttpContext http)
    {
        if (!Addresses.ContainsKey(name))
            throw new NotFoundException("asset", name);
        var encoding = Encoding(http.Request.Headers.AcceptEncoding.ToString());
        var headers = http.Response.Headers;
        headers.Vary = "Accept-Encoding";
        headers.CacheControl = "public, max-age=31536000, immutable";
        if (encoding is not null)
            headers.ContentEncoding = encoding;
        return TypedResults.Bytes(Files[name + EndingOf(encoding)], TypeOf(name));
    }

    private static string? Encoding(string accepted)
    {
        var names = accepted.Split(',').Select(one => one.Split(';')[0].Trim()).ToList();
        return names.Contains("br") ? "br" : names.Contains("gzip") ? "gzip" : null;
    }

    private static string EndingOf(string? encoding) => encoding switch { "br" => ".br", "gzip" => ".gz", _ => "" };

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        _ => "image/svg+xml",
    };

    private static bool IsCompressed(string name) => Path.GetExtension(name) is ".br" or ".gz";

    private static FrozenDictionary<string, byte[]> Read()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToFrozenDictionary(name => name[Prefix.Length..], name =>
            {
                using var stream = assembly.GetManifestResourceStream(name)!;
                var bytes = new byte[stream.Length];
                stream.ReadExactly(bytes);
                return bytes;
            });
    }
}
