using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Rota.Web.Auth;

/// <summary>A small page of one piece: no script, and no style but its own.</summary>
internal static class PlainPage
{
    private const string Style = """
        :root { color-scheme: light dark; --accent: #2f6f4f; --on: #fff; --line: #c8cdd2; --back: #f4f6f7; --card: #fff;
          --ink: #1c2126; --alarm: #a52318; }
        @media (prefers-color-scheme: dark) { :root { --accent: #6cc49a; --on: #10251b; --line: #3a424a;
          --back: #14181b; --card: #1d2327; --ink: #e4e8eb; --alarm: #ff9c8f; } }
        * { box-sizing: border-box; }
        body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; color: var(--ink);
          background: var(--back); font: 1rem/1.5 system-ui, sans-serif; }
        main { width: 100%; max-width: 27rem; padding: 2rem; background: var(--card); border: 1px solid var(--line);
          border-radius: .75rem; }
        h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.2; }
        p { margin: 0 0 1.25rem; }
        label { display: block; margin-bottom: 1rem; font-size: .875rem; }
        input, button { display: block; width: 100%; padding: .6rem .75rem; border: 1px solid var(--line);
          border-radius: .4rem; font: inherit; font-size: 1rem; }
        input { margin-top: .3rem; background: var(--card); color: inherit; }
        button { margin-top: 1.5rem; border-color: var(--accent); background: var(--accent); color: var(--on);
          font-weight: 600; cursor: pointer; }
        button:hover { filter: brightness(1.08); }
        input:focus-visible, button:focus-visible, a:focus-visible { outline: 3px solid var(--accent);
          outline-offset: 1px; }
        a { color: var(--accent); }
        ul { margin: 0; padding-left: 1.2rem; }
        li { margin-bottom: .5rem; }
        code { font-size: .9em; padding: .1rem .3rem; border-radius: .25rem; background: var(--back); }
        [role=alert] { padding: .6rem .75rem; border-left: 3px solid var(--alarm); color: var(--alarm); }
        """;

    /// <summary>Lets a page load nothing but its own style, which its hash names.</summary>
    public static string Policy { get; } = $"default-src 'none'; style-src 'sha256-{HashOf(Style)}'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <param name="body">HTML.</param>
    public static ContentHttpResult Of(string title, string body, int status = StatusCodes.Status200OK) =>
        TypedResults.Content($"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Rota: set-up</title>
            <style>{Style}</style>
            </head>
            <body><main>
            <h1>{title}</h1>
            {body}
            </main></body>
            </html>
            """, "text/html; charset=utf-8", contentEncoding: null, status);

    private static string HashOf(string text) =>
        Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
