package store

import (
	"context"
	"database/sql"
)

// rows reads all rows of a query; fields gives the places of a row's columns.
func rows[T any](db *sql.DB, query string, fields func(*T) []any, args ...any) ([]T, error) {
	found, err := db.QueryContext(context.Background(), query, args...)
	if err != nil {
		return nil, err
	}
	return all(found, fields)
}

// rowsOf reads all rows of a prepared query.
func rowsOf[T any](query *sql.Stmt, fields func(*T) []any, args ...any) ([]T, error) {
	found, err := query.QueryContext(context.Background(), args...)
	if err != nil {
		return nil, err
	}
	return all(found, fields)
}

// eachRow calls do for one row of a query after the other. An error of do ends it.
func eachRow[T any](db *sql.DB, query string, args []any, fields func(*T) []any, do func(T) error) error {
	found, err := db.QueryContext(context.Background(), query, args...)
	if err != nil {
		return err
	}
	return each(found, fields, do)
}

func all[T any](found *sql.Rows, fields func(*T) []any) (all []T, err error) {
	err = each(found, fields, func(row T) error {
		all = append(all, row)
		return nil
	})
	return all, err
}

func each[T any](found *sql.Rows, fields func(*T) []any, do func(T) error) error {
	defer found.Close()
	for found.Next() {
		var row T
		if err := found.Scan(fields(&row)...); err != nil {
			return err
		}
		if err := do(row); err != nil {
			return err
		}
	}
	return found.Err()
}
